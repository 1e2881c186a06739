"""nbgrader itself: an assignment is generated, handed in, graded, and the feedback has the diagnosis."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from chainruler_client.results.grading import WORDS
from tests.platforms.course import FORGOT_THE_PENALTY, NOWHERE, RIGHT, problem_file, run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platforms")]

CELL = """\
import json

from chainruler_client.nbgrader import points

points(4, json.load(open("problem.json")), W2=dW2)
"""
SOLUTION = "### BEGIN SOLUTION\n{}### END SOLUTION\n"
SUBMISSIONS = {
    "ada": RIGHT,
    "bob": FORGOT_THE_PENALTY,
    "cyd": "dW2 = None\n",
    "dan": RIGHT.replace("@ a1", "@ a1 * np.nan"),
}
POINTS = {"ada": "4.0", "bob": "3.0", "cyd": "0.0", "dan": "0.0"}


def cell(source: str, grade_id: str, **changes: Any) -> dict[str, Any]:
    """A cell of nbgrader's."""
    told = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {
        "cell_type": "code",
        "id": grade_id,
        "execution_count": None,
        "metadata": {"nbgrader": {**told, "grade_id": grade_id, "cell_type": "code", **changes}},
        "outputs": [],
        "source": source,
    }


def notebook(solution: str) -> str:
    """The assignment, with a solution in its place."""
    cells = [
        cell(solution, "solution", solution=True),
        cell(CELL, "t1", grade=True, locked=True, points=4),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def course(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose students have handed in, and were graded."""
    course = tmp_path_factory.mktemp("course")
    source = course / "source" / "hw1"
    source.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'c'\n")
    (source / "hw1.ipynb").write_text(notebook(SOLUTION.format(RIGHT)))
    problem_file(source)
    run(tools, "nbgrader", "generate_assignment", "hw1", "--create", "--force", cwd=course)
    for student, solution in SUBMISSIONS.items():
        hand_in(course, student, solution)
    run(tools, "nbgrader", "autograde", "hw1", "--create", "--force", cwd=course)
    return course


def hand_in(course: Path, student: str, solution: str) -> None:
    """Put a solution into the released notebook, and hand that in."""
    folder = course / "submitted" / student / "hw1"
    shutil.copytree(course / "release" / "hw1", folder)
    released = json.loads((folder / "hw1.ipynb").read_text())
    released["cells"][0]["source"] = solution
    (folder / "hw1.ipynb").write_text(json.dumps(released))


def grades(tools: Path, course: Path) -> dict[str, str]:
    """Everybody's points."""
    run(tools, "nbgrader", "export", cwd=course)
    with (course / "grades.csv").open() as file:
        return {row["student_id"]: row["score"] for row in csv.DictReader(file) if row["raw_score"]}


def test_everybody_has_the_points_that_are_left(tools: Path, course: Path) -> None:
    """All, three quarters, and none for what is not there or no number."""
    assert grades(tools, course) == POINTS


def test_the_feedback_has_the_diagnosis(tools: Path, course: Path) -> None:
    """As the student reads it, and nothing went to stderr."""
    run(tools, "nbgrader", "generate_feedback", "hw1", "--force", cwd=course)
    pages = {name: (course / "feedback" / name / "hw1" / "hw1.html").read_text() for name in SUBMISSIONS}

    assert "Wrong: the penalty is left out." in pages["bob"]
    assert WORDS["not_gradable"] in pages["cyd"]
    assert "Nothing was submitted for W2." in pages["cyd"]
    assert "W2 holds numbers that are not finite." in pages["dan"]
    assert "W2: right, 1 of 1 points" in pages["ada"]
    assert not any("stderr" in page.partition("</style>")[2].rpartition("</style>")[2] for page in pages.values())


def test_a_service_that_is_down_records_nothing(tools: Path, course: Path) -> None:
    """It says that there was an error, and the next time takes the submission again."""
    hand_in(course, "eve", RIGHT)
    command = ("nbgrader", "autograde", "hw1", "--create", "--student=eve")

    printed = run(tools, *command, cwd=course, code=1, CHAINRULER_URL=NOWHERE)

    assert "error processing assignment" in printed
    assert not (course / "autograded" / "eve" / "hw1").exists()
    run(tools, *command, cwd=course)
    assert grades(tools, course) == {**POINTS, "eve": "4.0"}
