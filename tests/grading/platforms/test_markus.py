"""What MarkUs reads of a custom tester: testers/tester.py of markus-autotesting."""

from __future__ import annotations

import json
from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import WITH_UNREADABLE, any_graded_report, misfits

TEST = {
    "name": str,
    "output": str,
    "marks_earned": float,
    "marks_total": float,
    "status": {"pass", "partial", "fail", "error", "error_all"},
    "time": type(None),
}


def lines(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents, one a line."""
    return [json.loads(line) for line in platforms.formatted(told, "markus").split("\n")]


@any_graded_report
def test_markus_knows_everything_in_it(told: dict[str, Any]) -> None:
    """A line for each answer, a comment, and tags; marks are never negative, and a partial pass earns a part."""
    tests = [line for line in lines(told) if "name" in line]
    others = [line for line in lines(told) if "name" not in line]

    assert len(tests) == len(told["results"])
    assert [found for test in tests for found in misfits(test, TEST)] == []
    assert all(0 <= test["marks_earned"] <= test["marks_total"] for test in tests)
    assert all(0 < test["marks_earned"] < test["marks_total"] for test in tests if test["status"] == "partial")
    assert [found for other in others for found in misfits(other, {}, {"overall_comment": str, "tags": list})] == []


def test_each_verdict_has_its_status() -> None:
    """And each mistake is a tag, to find submissions by."""
    told = lines(WITH_UNREADABLE)

    assert [line.get("status") for line in told[:3]] == ["pass", "partial", "error"]
    assert told[3:] == [
        {"overall_comment": "7 of 12 points. Not graded: Z2."},
        {"tags": [{"name": "missing_mean"}]},
    ]


def test_a_failure_is_an_error_of_tests_that_are_worth_nothing() -> None:
    """0 of 0 marks."""
    failed = json.loads(platforms.failure("The service is down.", "markus"))

    assert misfits(failed, TEST) == []
    assert (failed["status"], failed["marks_earned"], failed["marks_total"]) == ("error_all", 0.0, 0.0)
