"""Otter-Grader itself: generate, run, and partial credit by the plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.course import FORGOT_THE_PENALTY, NOWHERE, RIGHT, problem_file, read, run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platforms")]

TEST = """\
import json

from otter.test_files import test_case

from chainruler_client.grading import assert_gradients

OK_FORMAT = False
name = "q1"
points = 2


@test_case(points=2)
def test_W2(dW2):
    assert_gradients(json.load(open("problem.json")), W2=dW2)
"""
CONFIG = """\
{"plugins": ["chainruler_client.otter.PartialCredit"]}
"""
GENERATE = """\
otter generate -t tests -c otter_config.json --no-environment --no-requirements -o autograder.zip problem.json
"""


@pytest.fixture(scope="module")
def autograder(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An autograder's archive, as staff make it."""
    folder = tmp_path_factory.mktemp("otter")
    (folder / "tests").mkdir()
    (folder / "tests" / "q1.py").write_text(TEST)
    (folder / "otter_config.json").write_text(CONFIG)
    problem_file(folder)
    run(tools, *GENERATE.split(), cwd=folder)
    return folder / "autograder.zip"


def graded(tools: Path, autograder: Path, folder: Path, submission: str) -> Path:
    """Where the results of a submission are, if there are any."""
    (folder / "sub.py").write_text(submission)
    run(tools, "otter", "run", "-a", autograder, "-o", folder, "--no-logo", "sub.py", cwd=folder)
    return folder / "results.json"


def test_a_wrong_step_keeps_its_part_of_the_points(tools: Path, autograder: Path, tmp_path: Path) -> None:
    """1.5 of 2, and the diagnosis is what the student reads."""
    results = read(graded(tools, autograder, tmp_path, FORGOT_THE_PENALTY))

    (test,) = [test for test in results["tests"] if test["name"] == "q1"]
    assert (test["score"], test["max_score"]) == (1.5, 2)
    assert "Wrong: the penalty is left out." in test["output"]


def test_a_right_one_has_all_of_them(tools: Path, autograder: Path, tmp_path: Path) -> None:
    """2 of 2."""
    results = read(graded(tools, autograder, tmp_path, RIGHT))

    assert [test["score"] for test in results["tests"] if test["name"] == "q1"] == [2]


def test_a_service_that_is_down_leaves_no_results(tools: Path, autograder: Path, tmp_path: Path) -> None:
    """The grading fails, and is no zero."""
    (tmp_path / "sub.py").write_text(RIGHT)

    command = ("otter", "run", "-a", autograder, "-o", tmp_path, "--no-logo", "sub.py")
    printed = run(tools, *command, cwd=tmp_path, code=1, CHAINRULER_URL=NOWHERE)

    assert "Nothing was graded" in printed
    assert not (tmp_path / "results.json").exists()
