"""The recipes of docs/platforms.md that are Python, run beside stand-ins for what the platforms bring."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.platforms.course import FORGOT_THE_PENALTY, PROBLEM, problem_file
from tests.support.repository import PYTHON, ROOT
from tests.support.service import running

pytestmark = pytest.mark.slow

SERVER = """\
import json
from pathlib import Path

import prairielearn as pl

from chainruler_client.grading import graded


def grade(data):
    problem = json.loads((Path(data["options"]["question_path"]) / "problem.json").read_text())
    report = graded(problem, **data["submitted_answers"])
    for one in report.results:
        if one.verdict == "not_gradable":
            data["format_errors"][one.answer] = one.message
        else:
            data["partial_scores"][one.answer] = {"score": one.score / one.max_score, "feedback": one.message}
    pl.set_weighted_score_data(data)
"""
MARKUS_CONFTEST = """\
pytest_plugins = ["chainruler_client.pytest_plugin"]
"""
MARKUS = """\
import json

import pytest
import submission

PROBLEM = json.load(open("problem.json"))


@pytest.mark.markus_marks_total(4)
def test_W2(assert_gradients):
    assert_gradients(PROBLEM, W2=submission.dW2)
"""
LTI = """\
from chainruler_client import Client
from chainruler_client.grading import graded
from chainruler_client.lti import put_grade


def post(service, user_id, problem, answers):
    with Client() as client:
        return put_grade(service, user_id, lambda: graded(problem, client=client, **answers))
"""


def test_prairielearn_grades_formulas_in_the_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer has its part of the score; what cannot be read is a format error."""
    problem_file(tmp_path)
    scored: list[Any] = []
    library = ModuleType("prairielearn")
    library.__dict__["set_weighted_score_data"] = scored.append
    monkeypatch.setitem(sys.modules, "prairielearn", library)
    server: dict[str, Any] = {}
    exec(SERVER, server)  # noqa: S102  (it stands above, and in the documents)
    data: dict[str, Any] = {
        "options": {"question_path": str(tmp_path)},
        "submitted_answers": {"W2": "dZ2.T @ A1", "b2": "sum(dZ2, axis=0"},
        "partial_scores": {},
        "format_errors": {},
    }

    server["grade"](data)

    assert data["partial_scores"] == {"W2": {"score": 0.75, "feedback": "Wrong: the penalty is left out."}}
    assert list(data["format_errors"]) == ["b2"]
    assert scored == [data]


def test_markus_runs_pytest(tmp_path: Path) -> None:
    """The diagnosis is all that is shown."""
    (tmp_path / "conftest.py").write_text(MARKUS_CONFTEST)
    (tmp_path / "test_gradients.py").write_text(MARKUS)
    (tmp_path / "submission.py").write_text(FORGOT_THE_PENALTY)
    problem_file(tmp_path)

    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=results.xml", "test_gradients.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout
    assert "Wrong: the penalty is left out." in done.stdout
    assert "assert_gradients(" not in done.stdout
    found = ET.parse(tmp_path / "results.xml").getroot()  # noqa: S314
    assert {one.attrib["name"]: one.attrib["value"] for one in found.iter("property")}["score"] == "0.75"


def test_a_score_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through whatever has put_grade."""
    posted: list[Any] = []

    class Service:
        """A platform."""

        def put_grade(self, grade: Any, lineitem: Any = None) -> None:
            """Take a score."""
            posted.append(json.loads(grade.get_value()))

    recipe: dict[str, Any] = {}
    exec(LTI, recipe)  # noqa: S102  (as above)
    with running() as service:
        monkeypatch.setenv("CHAINRULER_URL", service.url)

        recipe["post"](Service(), "u1", PROBLEM, {"W2": "dZ2.T @ A1"})

    assert [one["scoreGiven"] for one in posted] == [0.75]


def test_the_documents_have_the_files_that_are_tried_here() -> None:
    """Word for word: whoever copies them gets what was run."""
    page = (ROOT / "docs" / "platforms.md").read_text()

    for file in (SERVER, MARKUS_CONFTEST, MARKUS, LTI):
        assert file in page
