"""Lambda Feedback's cases as mistakes of a rubric."""

from __future__ import annotations

from typing import Any

import pytest

from chainruler.calls.examples import CLASSIFIER
from chainruler.grading.cases import case_of, imported
from chainruler.handlers.context import Context
from chainruler.handlers.grading import grade
from chainruler.networks import Budget
from chainruler.schemas.grading import GradeRequest

CASE = {"answer": "dZ2.T @ A1", "feedback": "And the penalty?", "mark": 0.5, "color": "amber", "params": None}


def test_a_case_is_a_mistake_of_the_staff_s_own() -> None:
    """Whoever makes it reads the case's feedback, and keeps its mark as credit."""
    found = imported([CASE], "W2")
    request = {
        "problem": CLASSIFIER,
        "answers": {"W2": {"formula": "transpose(dZ2) @ A1"}},
        "rubric": {"points": {"W2": 4}, "mistakes": found.mistakes},
    }

    (result,) = grade(GradeRequest.model_validate(request), Context(Budget()))["results"]

    assert found.warnings == []
    assert (result["message"], result["score"]) == ("And the penalty?", 2.0)
    assert case_of(result["diagnosis"][0]["code"]) == 0


@pytest.mark.parametrize(("mark", "credit"), [(1, 1.0), (0.25, 0.25), (3, 1.0), (-1, 0.0), (None, 0.0)])
def test_marks_are_shares(mark: float | None, credit: float) -> None:
    """Beyond their bounds they are the nearest bound; none is 0."""
    assert imported([{**CASE, "mark": mark}], "W2").mistakes[0]["credit"] == credit


@pytest.mark.parametrize(
    ("params", "syntax"), [(None, "numpy"), ({"is_latex": True}, "latex"), ({"syntax": "latex"}, "latex")]
)
def test_a_case_may_be_written_otherwise(params: Any, syntax: str) -> None:
    """Its own parameters say how."""
    assert imported([{**CASE, "params": params}], "W2").mistakes[0]["syntax"] == syntax


@pytest.mark.parametrize(
    "case",
    [
        None,
        "x",
        {},
        {**CASE, "answer": 3},
        {**CASE, "answer": " "},
        {**CASE, "answer": "W" * 2001},
        {**CASE, "feedback": ["a"]},
        {**CASE, "feedback": "a" * 2001},
        {**CASE, "mark": "1"},
        {**CASE, "mark": True},
    ],
    ids=str,
)
def test_what_is_no_case_is_told_of(case: Any) -> None:
    """The others keep their numbers."""
    found = imported([case, CASE], "W2")

    assert [warning["case"] for warning in found.warnings] == [0]
    assert [mistake["code"] for mistake in found.mistakes] == ["case_1"]


@pytest.mark.parametrize(("code", "case"), [("case_0", 0), ("case_12", 12), ("own", None), ("case_", None)])
def test_codes_lead_back_to_cases(code: str, case: int | None) -> None:
    """Only those of cases do."""
    assert case_of(code) == case
