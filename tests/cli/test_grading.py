"""`grade`: marked here or by a service, one or a class, and written whatever happens."""

import csv
import io
import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainruler.grading import platforms
from tests.cli.course import NO_PENALTY, NOWHERE, begin, grade
from tests.support.repository import PYTHON
from tests.support.sampling import examples
from tests.support.service import PATIENCE, Service
from tests.support.terminal import piped


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with submissions."""
    begin(tmp_path, monkeypatch)


def timeless(document: str) -> str:
    """A document without the moment at which it was written, and without the end of its last line."""
    return re.sub(r"\d{4}-\d\d-\d\dT[^\"]*", "", document).rstrip("\n")


def test_a_right_submission_is_0_and_a_wrong_one_is_1() -> None:
    """The exit code tells; the report is what a service would answer, without what nobody asked for."""
    right, wrong = grade(submission="class/ada.npz"), grade()
    report = json.loads(wrong.out)

    assert (right.code, wrong.code) == (0, 1)
    assert (right.err, wrong.err) == ("", "")
    assert [one["answer"] for one in json.loads(right.out)["results"]] == ["W2", "b2"]
    assert (report["score"], report["max_score"]) == (5.0, 6.0)
    assert report["results"][0]["diagnosis"][0]["code"] == "missing_regularization"


@pytest.mark.parametrize("told", [(), ("--reveal", "values", "--hints", "3"), ("--reveal", "score")], ids=str)
def test_the_report_is_that_of_the_service_to_the_byte(told: tuple[str, ...], service: Service) -> None:
    """Computed here or asked of it: right and wrong, formulas and arrays, and what cannot be read."""
    formulas = {"W2": "dZ2.T @ A1", "Z2": "(softmax(Z2) - Y) / N", "b1": "sum("}
    answers: dict[str, Any] = {name: {"formula": text} for name, text in formulas.items()}
    asked = {
        "problem": json.loads(Path("problem.json").read_text()),
        "answers": answers | {"b2": {"array": [1.0, 2.0]}},
    }
    asked |= {name.removeprefix("--"): value for name, value in zip(told[::2], told[1::2], strict=True)}
    asked |= {"hints": int(asked["hints"])} if "hints" in asked else {}
    Path("mine.json").write_text(json.dumps({**formulas, "b2": [1.0, 2.0]}))

    answered = httpx.post(f"{service.url}/v1/grade", json=asked)

    assert answered.status_code == 200
    for where in ([], ["--url", service.url]):
        seen = piped("grade", "--problem", "problem.json", "--submission", "mine.json", *told, *where)
        assert seen.out == f"{answered.text}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("work.py", "d = (softmax(Z2) - Y) / N\ndW2 = d.T @ A1 + 2*lam*W2\ndb2 = d.sum(axis=0)  # done\n"),
        ("work.tex", "\\[ db_2 = \\frac1N \\sum_i (\\psi(z_{2,i}) - y_i) \\]\n"),
    ],
)
def test_a_whole_piece_of_work_in_one_text(name: str, text: str) -> None:
    """Each result that is named in it is an answer; nothing is run."""
    Path(name).write_text(text)
    report = json.loads(piped("grade", "--problem", "problem.json", "--submission", name).out)

    assert {one["answer"] for one in report["results"]} == ({"W2", "b2"} if name.endswith("py") else {"b2"})
    assert report["correct"], report


def test_formulas_may_be_said_to_be_latex() -> None:
    """What would be one name in code is then a product."""
    Path("mine.json").write_text(json.dumps({"Z2": "(psi(Z_2) - Y) N^{-1}"}))

    assert piped("grade", "--problem", "problem.json", "--submission", "mine.json", "--latex").code == 0


@pytest.mark.parametrize("platform", platforms.FORMATS)
def test_a_platform_gets_its_own_document(platform: str, service: Service) -> None:
    """The formatter's, in the file that is named; offline and from a service the same."""
    seen = grade("--format", platform, "-o", "results", "--offline")
    report = json.loads(grade().out)
    asked = grade("--format", platform, "--url", service.url)

    assert (seen.code, seen.out) == (1, "")
    assert timeless(Path("results").read_text()) == timeless(platforms.formatted(report, platform))
    assert timeless(asked.out) == timeless(Path("results").read_text())


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("form", ["json", "csv", "table", *platforms.FORMATS])
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (["--url", NOWHERE], 3),
        (["--problem", "nothing.json"], 2),
        (["--rubric", "nothing.json"], 2),
        (["--seed-from", "nothing.json"], 2),
        (["--submission", "class/eve.json"], 2),
        (["--submission", "class/nosuch.npz"], 2),
    ],
    ids=["service down", "no problem", "no rubric", "no metadata", "unreadable submission", "no submission"],
)
def test_results_are_written_when_nothing_is_graded(form: str, changed: list[str], code: int) -> None:
    """There is a file, it says why, and no platform can take it for a zero; the code says whose fault it is."""
    seen = grade("--format", form, "-o", "results", *changed)
    written = Path("results").read_text()

    assert seen.code == code
    assert seen.err.startswith("chainruler: ")
    assert written.strip()
    if form in platforms.FORMATS:
        first, *_ = seen.err.removeprefix("chainruler: ").splitlines()
        asked_for = [] if "--rubric" in changed else ["W2", "b2"]
        assert timeless(written) == timeless(platforms.failure(first, form, answers=asked_for))


def test_results_are_written_when_the_command_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash that nobody foresaw leaves a file that is no verdict."""
    monkeypatch.setattr("chainruler.cli.marking.graded_submission", lambda *_, **__: 1 / 0)

    seen = grade("--format", "gradescope", "-o", "results.json")

    assert seen.code == 70
    assert "score" not in json.loads(Path("results.json").read_text())


def test_results_are_there_when_the_command_is_killed() -> None:
    """A platform that loses its patience finds a file that is no verdict."""
    Path("waits.json").symlink_to("/dev/stdin")
    arguments = ["--problem", "waits.json", "--submission", "class/bob.json", "--format", "gradescope"]
    with subprocess.Popen(
        [PYTHON, "-m", "chainruler", "grade", *arguments, "-o", "results.json"], stdin=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + PATIENCE
        while not (Path("results.json").exists() and Path("results.json").read_text()):
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)

    found = json.loads(Path("results.json").read_text())
    assert "cut off" in found["output"]
    assert "score" not in found


@pytest.mark.parametrize(
    ("rubric", "hint"),
    [
        ({"pionts": {"W2": 1}}, 'at /rubric/pionts\n  Did you mean "points"?'),
        ({"tolerance": {"rtl": 1}}, 'at /rubric/tolerance/rtl\n  Did you mean "rtol"?'),
        ({"other": 1}, "Known are credit, follow_through, mistakes, points, symbols, tolerance, upstream."),
    ],
)
def test_a_slip_in_the_rubric_is_told_with_what_may_stand_there(rubric: object, hint: str) -> None:
    """However deep it is."""
    Path("rubric.json").write_text(json.dumps(rubric))

    seen = grade()

    assert seen.code == 2
    assert hint in seen.err


def test_what_was_not_handed_in_is_told() -> None:
    """A submission without answers is every answer missing; without points, nothing."""
    Path("class/nobody.json").write_text("{}")

    seen = grade(submission="class/nobody.json")
    alone = piped("grade", "--problem", "problem.json", "--submission", "class/nobody.json")

    assert seen.code == 1
    assert {one["verdict"] for one in json.loads(seen.out)["results"]} == {"not_gradable"}
    assert alone.code == 2
    assert "With points for each answer" in alone.err


@pytest.mark.parametrize(
    ("handed", "told"),
    [
        ({"b2": "sum(dZ2"}, "Nothing was graded."),
        ({"W2": NO_PENALTY.tolist(), "b2": "sum(dZ2"}, "3 of 4 points, without b2"),
    ],
    ids=["nothing", "a part"],
)
def test_no_points_are_told_of_what_was_not_graded(handed: dict[str, Any], told: str) -> None:
    """Neither below it nor in the list of a class."""
    Path("class/zoe.json").write_text(json.dumps(handed))

    seen = grade("--format", "table", submission="class/zoe.json")
    listed = grade("--format", "table", submission="class")

    assert seen.out.splitlines()[-1] == told
    assert not re.search(r"^zoe +0 ", listed.out, re.MULTILINE)


def test_a_file_that_is_not_there_is_no_zero() -> None:
    """A slip in its name is told as one; among others, only its own row has no points."""
    alone = grade(submission="nosuch.npz")
    rows = list(csv.DictReader(io.StringIO(grade("class/ada.npz", "--format", "csv", submission="nosuch.npz").out)))

    assert alone.code == 2
    assert alone.err.startswith('chainruler: There is no file "nosuch.npz".\n  Nothing is graded, which is no zero.')
    assert json.loads(alone.out) == {"error": {"detail": 'There is no file "nosuch.npz".'}}
    assert [(row["id"], row["score"]) for row in rows] == [("nosuch", ""), ("ada", "6.0")]


@pytest.mark.parametrize("form", ["json", "gradescope"])
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["W2", "b2", "W9", "rubric", "", "a/~1"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["array", "formula", "text", "x"]), inner, max_size=2)
                ),
                max_leaves=6,
            ),
            max_size=3,
        ).map(lambda document: json.dumps(document).encode()),
    )
)
def test_no_submission_breaks_the_command(form: str, text: bytes) -> None:
    """Whatever a student hands in, it is marked or refused in JSON, and no fault of the command."""
    Path("any.json").write_bytes(text)

    seen = piped("grade", "--problem", "problem.json", "--submission", "any.json", "--format", form)

    assert seen.code in {0, 1, 2}
    assert json.loads(seen.out)
