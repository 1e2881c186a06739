"""PrairieLearn's results.json: docs/externalGrading.md of PrairieLearn."""

from __future__ import annotations

import json
from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, WITH_UNREADABLE, any_report, misfits

TOP = {
    "gradable": bool,
    "score": float,
    "message": str,
    "output": str,
    "format_errors": list,
    "tests": list,
}
TEST = {"name": str, "description": str, "points": float, "max_points": float, "message": str, "output": str}


def written(told: dict[str, Any]) -> dict[str, Any]:
    """The document that is written."""
    document: dict[str, Any] = json.loads(platforms.formatted(told, "prairielearn"))
    return document


@any_report
def test_prairielearn_knows_everything_in_it(told: dict[str, Any]) -> None:
    """A score from 0 to 1, and every test with both numbers, because one without would hide all of them."""
    document = written(told)

    assert misfits(document, {"gradable": bool, "score": float}, TOP) == []
    assert 0 <= document["score"] <= 1
    assert [found for test in document.get("tests", []) for found in misfits(test, TEST_NEEDS, TEST)] == []


TEST_NEEDS = {"name": str, "points": float, "max_points": float}


def test_the_score_is_a_share() -> None:
    """7 of 8 points are 0.875, and the diagnosis is the test's message."""
    document = written(MIXED)

    assert document["score"] == 0.875
    assert [(test["points"], test["max_points"]) for test in document["tests"]] == [(4.0, 4.0), (3.0, 4.0)]
    assert "mean over the samples" in document["tests"][1]["message"]


def test_what_cannot_be_read_costs_no_attempt_and_buys_no_verdict() -> None:
    """Not gradable, with the reason; nothing is told of the answers that could be read."""
    document = written(WITH_UNREADABLE)

    assert (document["gradable"], document["score"]) == (False, 0.0)
    assert document["format_errors"] == ['Z2: Not graded, which is no verdict. ")" is missing.']
    assert "tests" not in document
    assert "mean" not in json.dumps(document)


def test_a_failure_costs_no_attempt() -> None:
    """The student may hand in again."""
    document = json.loads(platforms.failure("The service is down.", "prairielearn"))

    assert misfits(document, {"gradable": bool, "format_errors": list}, TOP) == []
    assert document["gradable"] is False
