"""Otter's results.json."""

from __future__ import annotations

import json
from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, WITH_UNREADABLE, any_graded_report, misfits

TEST = {
    "name": str,
    "score": float,
    "max_score": float,
    "visibility": {"visible"},
    "output": str,
    "status": {"failed"},
}


def written(told: dict[str, Any]) -> dict[str, Any]:
    """The document that is written."""
    document: dict[str, Any] = json.loads(platforms.formatted(told, "otter"))
    return document


@any_graded_report
def test_otter_knows_everything_in_it(told: dict[str, Any]) -> None:
    """The members that `otter run` writes, scores to five digits as it rounds them."""
    document = written(told)

    assert misfits(document, {"score": float, "output": str, "tests": list}) == []
    assert [found for test in document["tests"] for found in misfits(test, {"name": str, "output": str}, TEST)] == []
    assert all(0 <= test.get("score", 0.0) <= test.get("max_score", 0.0) for test in document["tests"])


def test_a_question_is_named_after_its_answer() -> None:
    """With its share of the points."""
    tests = written(MIXED)["tests"]

    assert [(test["name"], test["score"], test["max_score"]) for test in tests] == [("b1", 4.0, 4.0), ("W1", 3.0, 4.0)]


def test_what_cannot_be_read_is_no_zero() -> None:
    """Its test has a status and no score."""
    unread = written(WITH_UNREADABLE)["tests"][2]

    assert (unread["status"], "score" in unread) == ("failed", False)


def test_a_failure_has_no_score_where_otter_has_zero() -> None:
    """The test is the one that Otter itself writes then."""
    document = json.loads(platforms.failure("The service is down.", "otter"))

    assert "score" not in document
    assert [test["name"] for test in document["tests"]] == ["Autograder Failed"]
