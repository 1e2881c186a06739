"""The files that docs/platforms.md tells staff to drop in, run in folders that look like the platforms'."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.platforms.course import FORGOT_THE_PENALTY, NOWHERE, problem_file, read
from tests.support.repository import PYTHON, ROOT
from tests.support.service import running

pytestmark = pytest.mark.slow

SHARED = "/tmp/student"  # noqa: S108  (the folder in the documents; here another takes its place)
OTHERS = ("autolab", "submitty", "markus", "codegrade", "junit", "otter", "nbgrader", "lti")

RUN_STUDENT = """\
import runpy
import sys

import numpy as np

WANTED = ("dZ2", "dW2", "db2", "dW1", "db1")

found = runpy.run_path(sys.argv[1])
np.savez(sys.argv[2], **{name: found[name] for name in WANTED if name in found})
"""
GRADE = """\
#!/usr/bin/env bash
chainruler grade --problem problem.json --rubric rubric.json --format "$1" --submission "${@:2}" || true
"""
RUN_AUTOGRADER = """\
#!/usr/bin/env bash
cd /autograder/source
install -d -o student /tmp/student
install -m 644 problem.json /tmp/student
(cd /tmp/student && runuser -u student -- timeout 60 \\
  /opt/student/bin/python /autograder/source/run_student.py /autograder/submission/hw.py out.npz) || true
PATH=/opt/grader/bin:$PATH bash grade.sh gradescope /tmp/student/out.npz -o /autograder/results/results.json
"""
PRAIRIELEARN = """\
#!/usr/bin/env bash
cd /grade/tests
mkdir -p /grade/results
install -d -o student /tmp/student
install -m 644 problem.json /tmp/student
(cd /tmp/student && runuser -u student -- timeout 20 \\
  python3 /grade/tests/run_student.py /grade/student/submission.py out.npz) || true
PATH=/opt/grader/bin:$PATH bash grade.sh prairielearn /tmp/student/out.npz -o /grade/results/results.json
"""
CODEGRADE = """\
bash grade.sh codegrade out.npz
"""
RUBRIC = {"points": {"W2": 4, "b2": 2}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the two scripts and a problem."""
    (tmp_path / "run_student.py").write_text(RUN_STUDENT)
    (tmp_path / "grade.sh").write_text(GRADE)
    (tmp_path / "rubric.json").write_text(json.dumps(RUBRIC))
    problem_file(tmp_path)
    return tmp_path


def bash(script: str, cwd: Path, **environment: str) -> str:
    """What a script prints, run by whoever runs the tests."""
    replaced = script.replace("runuser -u student -- ", "").replace("-o student ", "").replace(SHARED, f"{cwd}/student")
    replaced = replaced.replace("/opt/student/bin/python", PYTHON)
    path = f"{Path(PYTHON).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", replaced],
        cwd=cwd,
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def values(folder: Path, submission: str = FORGOT_THE_PENALTY) -> None:
    """Have the values of a submission in out.npz."""
    (folder / "submission.py").write_text(submission)
    bash("python3 run_student.py submission.py out.npz || true", folder)


def autograded(folder: Path, submission: str) -> Any:
    """The results that Gradescope gets for a program."""
    root = folder / "autograder"
    for part in ("submission", "results"):
        (root / part).mkdir(parents=True)
    shutil.copytree(folder, root / "source", ignore=shutil.ignore_patterns("autograder"))
    (root / "submission" / "hw.py").write_text(submission)
    bash(RUN_AUTOGRADER.replace("/autograder", str(root)), folder)
    return read(root / "results" / "results.json")


def test_gradescope_gets_a_test_for_each_answer(folder: Path) -> None:
    """With the points that a mistake leaves."""
    results = autograded(folder, FORGOT_THE_PENALTY)

    assert results["score"] == 5.0
    assert [test["status"] for test in results["tests"]] == ["failed", "passed"]


@pytest.mark.parametrize("submission", ["raise SystemExit(3)", "import os; os._exit(1)"], ids=["raises", "crashes"])
def test_gradescope_always_gets_results(folder: Path, submission: str) -> None:
    """Whatever the student's code does: without any answer there are no points, and no zero."""
    results = autograded(folder, submission)

    assert "Nothing was graded" in results["output"]
    assert not {"score", "tests"} & results.keys()


def test_prairielearn_runs_it_in_a_container(folder: Path) -> None:
    """The results are where it looks for them."""
    root = folder / "grade"
    (root / "student").mkdir(parents=True)
    shutil.copytree(folder, root / "tests", ignore=shutil.ignore_patterns("grade"))
    (root / "student" / "submission.py").write_text(FORGOT_THE_PENALTY)

    bash(PRAIRIELEARN.replace("/grade/", f"{root}/"), folder)

    results = read(root / "results" / "results.json")
    assert (results["gradable"], results["score"]) == (True, 5 / 6)


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("platform", OTHERS)
def test_the_other_formats_are_printed(folder: Path, platform: str) -> None:
    """By the same script."""
    values(folder)

    printed = bash(CODEGRADE.replace("codegrade", platform), folder)

    assert "the penalty is left out" in printed
    last = printed.rstrip("\n").split("\n")[-1]
    if platform == "junit":
        assert ET.fromstring(printed.encode()).find("testsuite/testcase/failure") is not None  # noqa: S314
    elif platform == "autolab":
        assert json.loads(last) == {"scores": {"W2": 3.0, "b2": 2.0}}
    elif platform == "submitty":
        assert json.loads(printed)["data"]["score"] == 5 / 6
    elif platform == "codegrade":
        assert json.loads(last) == {"tag": "points", "points": "5/6"}


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("gradescope", "Nothing was graded"),
        ("autolab", '{"scores": {"W2": null, "b2": null}}'),
        ("lti", "PendingManual"),
    ],
)
def test_a_grader_that_is_down_is_told(folder: Path, platform: str, words: str) -> None:
    """And never a zero."""
    values(folder)

    printed = bash(CODEGRADE.replace("codegrade", platform), folder, CHAINRULER_URL=NOWHERE)

    assert words in printed
    assert '"score"' not in printed


def test_a_problem_may_be_a_token(folder: Path) -> None:
    """Of a service that knows the right values, where the student's code does not run."""
    values(folder)
    with running() as service:
        (folder / "problem.json").write_text(json.dumps({"token": "broken"}))

        printed = bash(CODEGRADE, folder, CHAINRULER_URL=service.url)

    assert "Nothing was graded" in printed
    assert "Tokens begin with" in printed


def test_the_documents_have_the_files_that_are_tried_here() -> None:
    """Word for word: whoever copies them gets what was run."""
    page = (ROOT / "docs" / "platforms.md").read_text()

    for file in (RUN_STUDENT, GRADE, RUN_AUTOGRADER, PRAIRIELEARN, CODEGRADE):
        assert file in page
