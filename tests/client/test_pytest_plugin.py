"""The pytest fixture: what MarkUs and JUnit find of it, by a run of pytest in a process of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.support.repository import PYTHON, ROOT

MODULE = """
import json
import pytest
from chainruler.calls.examples import CLASSIFIER
from tests.client.test_grading import DOWN, RIGHT, WRONG

def test_right(assert_gradients):
    assert_gradients(CLASSIFIER, W2=RIGHT)

def test_wrong(assert_gradients):
    assert_gradients(CLASSIFIER, rubric={"points": {"W2": 4}}, W2=WRONG)

@pytest.mark.markus_marks_total(8)
def test_worth_eight(assert_gradients):
    assert_gradients(CLASSIFIER, W2=WRONG)

def test_missing(assert_gradients):
    assert_gradients(CLASSIFIER, W2=None)

def test_down(assert_gradients):
    assert_gradients(CLASSIFIER, client=DOWN, W2=RIGHT)
"""

CONFTEST = """
import json

pytest_plugins = ['chainruler_client.pytest_plugin']

def pytest_runtest_teardown(item):
    marks = {mark.name: mark.args[0] for mark in reversed(list(item.iter_markers())) if mark.name.startswith("markus")}
    with open("marks.jsonl", "a") as file:
        file.write(json.dumps({item.name: marks}) + "\\n")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the tests above were run."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "test_gradients.py").write_text(MODULE)
    (folder / "conftest.py").write_text(CONFTEST)
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--strict-markers",
        "-W",
        "error",
        "--junit-xml=junit.xml",
        "-cpytest.ini",
    ]
    (folder / "pytest.ini").write_text("[pytest]\njunit_family = xunit1\n")
    command = [PYTHON, "-m", "pytest", *options, "test_gradients.py"]
    done = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False
    )
    (folder / "printed").write_text(done.stdout + done.stderr)
    assert done.returncode == 1, done.stdout + done.stderr
    return folder


def test_the_diagnosis_is_all_that_is_shown(folder: Path) -> None:
    """No lines of code, and a service that is down is skipped."""
    printed = (folder / "printed").read_text()

    assert "1 passed" in printed
    assert "3 failed" in printed
    assert "1 skipped" in printed
    assert "Wrong: the penalty is left out." in printed
    assert "Traceback" not in printed
    assert "def test_wrong" not in printed


def test_markus_finds_marks_and_tags(folder: Path) -> None:
    """What was earned of what the test is worth, by the rubric or by the test's own mark."""
    marks: dict[str, Any] = {}
    for line in (folder / "marks.jsonl").read_text().splitlines():
        marks |= json.loads(line)

    assert marks == {
        "test_right": {"markus_marks_total": 1.0, "markus_marks_earned": 1.0},
        "test_wrong": {
            "markus_marks_total": 4.0,
            "markus_marks_earned": 3.0,
            "markus_tag": "missing_regularization",
        },
        "test_worth_eight": {
            "markus_marks_total": 8,
            "markus_marks_earned": 6.0,
            "markus_tag": "missing_regularization",
        },
        "test_missing": {"markus_marks_total": 1.0, "markus_marks_earned": 0.0},
        "test_down": {},
    }


def test_junit_has_scores_as_properties(folder: Path) -> None:
    """And the diagnosis as the failure's text."""
    cases = {case.attrib["name"]: case for case in ET.parse(folder / "junit.xml").iter("testcase")}  # noqa: S314
    properties = {one.attrib["name"]: one.attrib["value"] for one in cases["test_wrong"].iter("property")}

    assert properties == {"score": "3.0", "max_score": "4.0", "mistakes": "missing_regularization"}
    failure = cases["test_wrong"].find("failure")
    assert failure is not None
    assert "the penalty is left out" in str(failure.text)
    assert cases["test_down"].find("skipped") is not None
