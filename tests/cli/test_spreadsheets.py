"""The sheets that gradebooks import: a line for each student with points, in the columns that they have exported."""

import csv
import io
import json
from pathlib import Path

import pytest

from chainruler.cli.spreadsheets.cells import written
from tests.cli.course import begin, grade

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (77),HW 2 (78),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,{points},10,(read only)
"Lovelace, Ada",11,u11,ada,Lec 1,2,9,90
"=cmd, Bob",12,u12,bob,Lec 1,,8,80
"Eve, E",13,u13,eve,Lec 1,3,8,80
"Moe, M",14,u14,moe,Lec 1,1,8,80
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (grade),Feedback comments
Participant 501,Ada Lovelace,ada@x.edu,Submitted,,{points},-,
Participant 502,Bob B,bob@x.edu,Submitted,1.00,{points},-,old
Participant 503,Moe M,moe@x.edu,Submitted,2.00,{points},-,kept
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with submissions."""
    begin(tmp_path, monkeypatch)


def sheet(text: str) -> list[dict[str, str]]:
    """The lines of a sheet by its heads."""
    return list(csv.DictReader(io.StringIO(text)))


def test_canvas_gets_its_own_columns_back() -> None:
    """Up to the section, with the points possible and the assignment; those without points keep their grades."""
    Path("roster.csv").write_text(CANVAS.format(points=6), encoding="utf-8-sig")

    seen = grade("--format", "canvas", "--roster", "roster.csv", "--assignment", "HW 1", submission="class")

    assert seen.out.splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (77)",
        "    Points Possible,,,,,6.0",
        '"Lovelace, Ada",11,u11,ada,Lec 1,6.0',
        '"\'=cmd, Bob",12,u12,bob,Lec 1,5.0',
    ]
    assert '"eve" has no points. It is not JSON' in seen.err


def test_canvas_makes_a_new_assignment_of_a_new_name() -> None:
    """Its column has no id, and the row of possible points says what it is out of."""
    Path("roster.csv").write_text(
        CANVAS.format(points=6).replace(",", ";").replace('"Lovelace; Ada"', '"Lovelace, Ada"')
    )

    seen = grade("--format", "canvas", "--roster", "roster.csv", "--assignment", "HW", submission="class/ada.npz")

    assert seen.out.splitlines()[0].endswith("Section,HW")
    assert seen.out.splitlines()[2].endswith(",ada,Lec 1,6.0")


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_grades_out_of_other_points_are_refused(form: str) -> None:
    """They would mean something else."""
    roster = (CANVAS if form == "canvas" else WORKSHEET.replace("ada@x.edu", "ada")).format(points=100)
    Path("roster.csv").write_text(roster)

    seen = grade("--format", form, "--roster", "roster.csv", "--assignment", "HW 1", submission="class")

    assert seen.code == 2
    assert "The gradebook has 100 points for" in seen.err


def test_files_that_canvas_and_moodle_have_named_find_their_students() -> None:
    """By the number in the name; two files of one student are in doubt, and one of nobody is said."""
    answer = Path("class/bob.json").read_text()
    for name in ("lovelaceada_11_9001_hw", "bobb_LATE_12_9002_hw-1", "Moe M_503_assignsubmission_file_hw", "nobody"):
        Path(f"{name}.json").write_text(answer)
    Path("canvas.csv").write_text(CANVAS.format(points=6))
    Path("moodle.csv").write_text(WORKSHEET.format(points="6.00"))
    files = ("bobb_LATE_12_9002_hw-1.json", "nobody.json", "class/bob.json")

    seen = grade(*files, "--format", "canvas", "--roster", "canvas.csv", submission="lovelaceada_11_9001_hw.json")
    moved = grade("--format", "moodle", "--roster", "moodle.csv", submission="Moe M_503_assignsubmission_file_hw.json")

    assert [row["ID"] for row in sheet(seen.out)[1:]] == ["11"]
    assert '"nobody" is in no line of the roster, or in several: it is left out.' in seen.err
    assert seen.err.count("is one of several by the same student") == 2
    assert [(row["Identifier"], row["Grade"]) for row in sheet(moved.out)] == [("Participant 503", "5.0")]


def test_moodle_gets_its_worksheet_back() -> None:
    """With grades and feedback in their places, escaped for HTML; lines without points are not in it."""
    Path("roster.csv").write_text(WORKSHEET.format(points="6,00").replace("6,00", '"6,00"'))
    Path("ada@x.edu.json").write_text(json.dumps({"W2": "dZ2.T @ A1 * (Z1 <", "b2": "sum(dZ2, axis=0)"}))

    seen = grade("--format", "moodle", "--roster", "roster.csv", "--ungraded", "zero", submission="ada@x.edu.json")

    (row,) = sheet(seen.out)
    assert (row["Identifier"], row["Grade"], row["Maximum grade"]) == ("Participant 501", "2.0", "6,00")
    assert row["Feedback comments"].startswith("2 of 6 points. Not graded: W2.<br>- W2: ")
    assert "<" not in row["Feedback comments"].replace("<br>", "")
    assert '"ada@x.edu" has points, but none for W2: not graded.' in seen.err


@pytest.mark.parametrize(("form", "roster"), [("canvas", CANVAS), ("moodle", WORKSHEET)])
def test_a_grade_in_which_an_answer_is_open_stays_blank(form: str, roster: str) -> None:
    """Nobody has graded that answer, and no line says a part of the grade. What is not submitted counts 0."""
    Path("roster.csv").write_text(roster.format(points=6))
    Path("some").mkdir()
    ending = "@x.edu.json" if form == "moodle" else ".json"
    Path(f"some/ada{ending}").write_text('{"W2": [1], "b2": "sum(dZ2, axis=0)"}')
    Path(f"some/moe{ending}").write_text('{"b2": "sum(dZ2, axis=0)"}')

    seen = grade("--format", form, "--roster", "roster.csv", "--assignment", "HW 1", submission="some")

    assert "Lovelace" not in seen.out
    assert "Moe" in seen.out
    assert "left out: W2 could not be graded. With --ungraded zero that counts 0." in seen.err


def test_moodle_gets_a_column_to_map_without_a_worksheet() -> None:
    """Beside the columns that say who a student is, or beside the ids if there is no roster."""
    Path("roster.csv").write_text("First name,Email address,Quiz\nAda,ada,3\nBob,bob,4\n")

    listed = grade("--format", "moodle", "--roster", "roster.csv", "--assignment", "HW 1", submission="class")
    alone = grade("--format", "moodle", submission="class")

    assert [[*row.values()][:2] for row in sheet(listed.out)] == [["ada", "6.0"], ["bob", "5.0"]]
    assert list(sheet(listed.out)[0]) == ["Email address", "HW 1", "Feedback comments"]
    assert [[*row.values()][:2] for row in sheet(alone.out)] == [["ada", "6.0"], ["bob", "5.0"]]


@pytest.mark.parametrize(
    ("roster", "told"),
    [
        (b"a,b\n1,2\n", "has no column of ID"),
        (b"Identifier,Grade\n", "Canvas imports nothing but what it has exported."),
        (b"\xff\xfe", "is not written in UTF-8"),
        (b"", "has no column of ID"),
    ],
    ids=["another sheet", "of Moodle", "not UTF-8", "empty"],
)
def test_a_roster_of_another_kind_is_refused(roster: bytes, told: str) -> None:
    """With what is wanted in its place."""
    Path("roster.csv").write_bytes(roster)

    seen = grade("--format", "canvas", "--roster", "roster.csv", submission="class")

    assert seen.code == 2
    assert told in seen.err


def test_canvas_wants_a_roster() -> None:
    """Before anything is graded."""
    assert "--roster names" in grade("--format", "canvas", submission="class").err


def test_points_are_without_the_rounding_of_their_sum() -> None:
    """0.1 + 0.2 are 0.3 in a cell, and text stays text."""
    assert written([["ada", 0.1 + 0.2, 14.0]]) == b"ada,0.3,14.0\n"
