"""What CodeGrade reads of a Custom Test."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, UNREADABLE_ALONE, any_report


@any_report
def test_points_are_told_once_and_by_us(told: dict[str, Any]) -> None:
    """One line of JSON at the end, with a share from 0 to 1; no text of a student's is another."""
    text = platforms.formatted(told, "codegrade")
    found = [line for line in text.split("\n") if line.lstrip().startswith("{")]

    if all(one["verdict"] == "not_gradable" for one in told["results"]):
        assert found == []
        return
    assert found == [text.split("\n")[-1]]
    document = json.loads(found[0])
    assert document["tag"] == "points"
    assert re.fullmatch(r"\d+/[1-9]\d*", document["points"])
    assert 0 <= Fraction(document["points"]) <= 1


def test_the_share_is_written_as_people_do() -> None:
    """7 of 8 points are 7/8."""
    assert platforms.formatted(MIXED, "codegrade").endswith('{"tag": "points", "points": "7/8"}')


def test_without_a_verdict_there_are_no_points() -> None:
    """Neither for what cannot be read nor for a failure."""
    assert "{" not in platforms.formatted(UNREADABLE_ALONE, "codegrade")
    assert "{" not in platforms.failure("The service is down.", "codegrade")
