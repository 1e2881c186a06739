"""`chainruler forget`: everything of one student, and nothing of another."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainruler.cli.forgetting import trace_in
from tests.cli.course import begin, grade
from tests.support.sampling import examples
from tests.support.terminal import piped

PLACES = ("class", "grades.csv", "lines.ndjson", "canvas.csv", "out", "report.html", "report.json")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with submissions, and with all that the command makes of them."""
    begin(tmp_path, monkeypatch)


def graded() -> None:
    """Write what the command writes of a class."""
    grade("--format", "csv", "-o", "grades.csv", submission="class")
    grade("--format", "json", "-o", "lines.ndjson", submission="class")
    grade("--format", "gradescope", "-o", "out", submission="class")
    Path("canvas.csv").write_text('Student,ID,SIS Login ID,Section,HW\r\n"A, Ada",1,ada,L,6\r\nAda,2,bob,L,5\r\n')
    Path("report.html").write_text("<p>bob, ada</p>")
    Path("report.json").write_text(json.dumps({"ways": [{"who": ["ada"]}]}, indent=1))
    Path("class/notes.txt").write_text("ask ada; not Canada")


def contents() -> dict[str, bytes]:
    """Every file that there is."""
    return {str(file): file.read_bytes() for file in sorted(Path().rglob("*")) if file.is_file()}


def test_nothing_of_the_student_remains_and_all_of_the_others() -> None:
    """Files, lines of sheets, and reports as a whole; what is not known is left, and told."""
    graded()
    before = contents()

    seen = piped("forget", "ada", *PLACES)

    after = contents()
    assert seen.code == 0
    assert before.keys() - after.keys() == {"class/ada.npz", "out/ada.json", "report.html", "report.json"}
    assert {name for name in after if after[name] != before[name]} == {"grades.csv", "lines.ndjson", "canvas.csv"}
    for name in ("grades.csv", "lines.ndjson", "canvas.csv"):
        kept = [line for line in before[name].splitlines(keepends=True) if not re.search(rb"\bada\b", line)]
        assert after[name].splitlines(keepends=True) == kept
    assert [line for line in seen.out.splitlines() if not line.startswith("removed ")] == [
        "look at class/notes.txt, which has the id in it"
    ]
    assert len(seen.out.splitlines()) == 8


def test_a_dry_run_says_the_same_and_removes_nothing() -> None:
    """What would be removed, and what is to be looked at."""
    graded()
    before = contents()
    dry = piped("forget", "ada", *PLACES, "--dry-run")

    assert contents() == before
    assert dry.out.replace("would remove", "removed") == piped("forget", "ada", *PLACES).out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["zoe", "class"], 'Nothing of "zoe" was found.'), (["ada", "nosuch"], 'There is no file "nosuch".')],
)
def test_a_slip_is_told(arguments: list[str], told: str) -> None:
    """Nobody of this name, or no such place: then nothing is removed."""
    before = contents()
    seen = piped("forget", *arguments)

    assert (seen.code, contents()) == (2, before)
    assert told in seen.err


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=2, max_size=2), max_size=6),
    student=st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=4),
)
def test_whatever_stands_in_a_sheet_the_other_lines_stay_to_the_byte(cells: list[list[str]], student: str) -> None:
    """Line breaks, quotes and separators within cells included."""
    others = [cell for cell in cells if cell[0].strip().removeprefix("'") != student]
    written, rest = "id,x\n", "id,x\n"
    for cell in cells:
        line = ",".join('"' + text.replace('"', '""') + '"' for text in cell) + "\n"
        written += line
        rest += line if cell in others else ""
    Path("any.csv").write_text(written, newline="")

    trace = trace_in(Path("any.csv"), student, named=True)

    assert (rest.encode() if trace is None else trace.rest) == rest.encode()
    assert (trace is None) is (rest == written)
