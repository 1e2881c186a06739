"""Gradescope's results.json: https://gradescope-autograders.readthedocs.io/en/latest/specs/."""

from __future__ import annotations

import json
from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, WITH_UNREADABLE, any_graded_report, misfits

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITY = {"visible", "hidden", "after_due_date", "after_published"}
TOP = {
    "score": float,
    "execution_time": float,
    "output": str,
    "output_format": FORMATS,
    "test_output_format": FORMATS,
    "test_name_format": FORMATS,
    "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY,
    "extra_data": dict,
    "tests": list,
}
TEST = {
    "score": float,
    "max_score": float,
    "status": {"passed", "failed"},
    "name": str,
    "number": str,
    "output": str,
    "tags": list,
    "visibility": VISIBILITY,
    "extra_data": dict,
}


def written(told: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The document that is written."""
    document: dict[str, Any] = json.loads(platforms.formatted(told, "gradescope", **options))
    return document


@any_graded_report
def test_gradescope_knows_everything_in_it(told: dict[str, Any]) -> None:
    """Every member is one of the specification, within its values, and no test has more than all."""
    document = written(told)

    assert misfits(document, {"score": float}, TOP) == []
    assert [found for test in document["tests"] for found in misfits(test, {"name": str}, TEST)] == []
    assert all(0 <= test.get("score", 0.0) <= test["max_score"] for test in document["tests"])


def test_a_wrong_answer_is_a_failed_test_with_its_share() -> None:
    """Score, tags to filter by, and the diagnosis as the test's output."""
    document = written(MIXED)

    assert (document["score"], document["output"]) == (7.0, "7 of 8 points.")
    assert [test["status"] for test in document["tests"]] == ["passed", "failed"]
    assert document["tests"][1]["score"] == 3.0
    assert document["tests"][1]["tags"] == ["missing_mean"]
    assert "mean over the samples" in document["tests"][1]["output"]
    assert document["extra_data"]["chainruler"]["answers"] == {"b1": [], "W1": ["missing_mean"]}


def test_what_cannot_be_read_is_no_zero() -> None:
    """Its test has no score, says that it was not graded, and the sheet says so at the top."""
    document = written(WITH_UNREADABLE)

    assert "score" not in document["tests"][2]
    assert document["tests"][2]["name"] == "Z2: not graded"
    assert document["output"] == "7 of 12 points. Not graded: Z2."


def test_visibility_can_be_chosen() -> None:
    """For the tests and for the whole."""
    document = written(MIXED, visibility="after_due_date")

    assert {document["visibility"], *(test["visibility"] for test in document["tests"])} == {"after_due_date"}


def test_a_failure_is_a_failed_autograder() -> None:
    """Neither a score nor tests to sum up, so that Gradescope records none; the student reads why."""
    document = json.loads(platforms.failure("The service is down.", "gradescope"))

    assert misfits(document, {"output": str}, {name: kind for name, kind in TOP.items() if name != "score"}) == []
    assert not {"score", "tests"} & set(document)
    assert "The service is down." in document["output"]
