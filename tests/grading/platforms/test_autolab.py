"""Autolab's autoresult: the last line, and the feedback before it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, UNREADABLE_ALONE, WITH_UNREADABLE, any_graded_report


def lines(told: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The two lines that are printed."""
    return [json.loads(line) for line in platforms.formatted(told, "autolab", **options).split("\n")]


@any_graded_report
def test_autolab_knows_everything_in_it(told: dict[str, Any]) -> None:
    """Stages and their tests, and then a score for each problem."""
    shown, result = lines(told)

    assert (shown["_presentation"], shown["stages"]) == ("semantic", ["Gradients"])
    assert all(isinstance(test["passed"], bool) for test in shown["Gradients"].values())
    assert set(result) == {"scores"}
    assert set(result["scores"]) == set(shown["Gradients"])
    assert all(score is None or score >= 0 for score in result["scores"].values())


def test_each_answer_is_a_problem_and_what_cannot_be_read_stays_open() -> None:
    """A score of null is one that nobody has given yet."""
    assert lines(WITH_UNREADABLE)[1] == {"scores": {"b1": 4.0, "W1": 3.0, "Z2": None}}


def test_the_whole_may_be_one_problem() -> None:
    """Under the name that the lab has for it; open if there is no verdict at all."""
    unread = platforms.formatted(UNREADABLE_ALONE, "autolab", problem="hw2")

    assert lines(MIXED, problem="hw2")[1] == {"scores": {"hw2": 7.0}}
    assert json.loads(unread.split("\n")[-1]) == {"scores": {"hw2": None}}


def test_a_colon_in_the_name_of_a_problem_is_refused() -> None:
    """Autolab quotes every word before a colon once more, and then cannot read the line."""
    with pytest.raises(ValueError, match="colon"):
        platforms.formatted(MIXED, "autolab", problem="Part a: gradients")


def test_a_failure_leaves_scores_open() -> None:
    """Of the problems that are known; without any there is no line of scores."""
    known = platforms.failure("The service is down.", "autolab", answers=["W1", "b1"])
    whole = platforms.failure("The service is down.", "autolab", problem="hw2")

    assert json.loads(known.split("\n")[-1]) == {"scores": {"W1": None, "b1": None}}
    assert json.loads(whole.split("\n")[-1]) == {"scores": {"hw2": None}}
    assert "{" not in platforms.failure("The service is down.", "autolab")
