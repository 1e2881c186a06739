"""gradescope-utils itself: weights, partial credit, and the document that Gradescope reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainruler.grading import platforms
from chainruler_client.grading import graded
from tests.platforms.course import FORGOT_THE_PENALTY, PROBLEM, problem_file, read, run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platforms")]

TESTS = """\
import json
import unittest

from gradescope_utils.autograder_utils.decorators import number, partial_credit
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

import submission
from chainruler_client.grading import graded

PROBLEM = json.load(open("problem.json"))


class Gradients(unittest.TestCase):
    @partial_credit(4)
    @number("1")
    def test_W2(self, set_score=None):
        report = graded(PROBLEM, W2=submission.dW2)
        print(report)
        set_score(4 * report.fraction)


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Gradients)
    with open("results.json", "w") as results:
        JSONTestRunner(visibility="visible", stream=results).run(suite)
"""


def test_a_wrong_step_keeps_its_part_of_the_points(tools: Path, tmp_path: Path) -> None:
    """3 of 4, and the diagnosis is the test's output."""
    (tmp_path / "submission.py").write_text(FORGOT_THE_PENALTY)
    (tmp_path / "grade.py").write_text(TESTS)
    problem_file(tmp_path)

    run(tools, "python", "grade.py", cwd=tmp_path)

    results = read(tmp_path / "results.json")
    (test,) = results["tests"]
    assert (results["score"], test["score"], test["max_score"]) == (3.0, 3.0, 4)
    assert "Wrong: the penalty is left out." in test["output"]


def test_the_format_has_the_members_that_the_tool_writes(tools: Path, tmp_path: Path) -> None:
    """What `--format gradescope` writes has the same names for the same things."""
    test_a_wrong_step_keeps_its_part_of_the_points(tools, tmp_path)
    theirs = read(tmp_path / "results.json")
    ours = json.loads(platforms.formatted(graded(PROBLEM, W2="dZ2.T @ A1").to_dict(), "gradescope"))

    assert set(theirs) - {"execution_time", "leaderboard"} <= set(ours)
    assert set(theirs["tests"][0]) - {"execution_time"} <= set(ours["tests"][0])
