"""What a cell prints for nbgrader; tests/platforms has nbgrader itself read it."""

from __future__ import annotations

from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, any_graded_report


@any_graded_report
def test_the_last_line_is_the_points(told: dict[str, Any]) -> None:
    """A number, not negative and not above the most; no line before it begins with what a student wrote."""
    *lines, last = platforms.formatted(told, "nbgrader").split("\n")

    assert 0 <= float(last) <= max(told["max_score"], 0.0) * (1 + 1e-9)
    assert lines[0].split(" of ")[0] == last


def test_the_diagnosis_is_printed() -> None:
    """Each line has the answer's name."""
    assert platforms.formatted(MIXED, "nbgrader").split("\n") == [
        "7 of 8 points.",
        "- b1: Right.",
        "- W1: Wrong: the mean over the samples is missing.",
        "- W1: Hint: Right is dZ1 = …",
        "7",
    ]


def test_a_failure_has_no_points() -> None:
    """Whoever looks for a number finds none."""
    assert not platforms.failure("Down since 7", "nbgrader").split("\n")[-1].isdigit()
