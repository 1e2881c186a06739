"""Reports that are given again: which submissions count as the same."""

from typing import Any

import pytest

from chainruler.calls.examples import GRADE
from chainruler.handlers.context import Context
from chainruler.handlers.grading import grade
from chainruler.memory import LEDGER
from chainruler.networks import Budget
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.reading import read_request

CONTEXT = Context(Budget())
EXAMPLE: dict[str, Any] = GRADE["a forgotten mean"]


def report(**changed: Any) -> dict[str, Any]:
    """The report on the example, with some of the request changed."""
    return grade(read_request(GradeRequest, {**EXAMPLE, **changed}), CONTEXT)


def test_the_same_answers_get_the_same_report_without_work() -> None:
    """The second of two equal submissions is looked up."""
    reports = LEDGER.caches["reports"]
    reports.clear()
    first, misses = report(), reports.misses
    again = report()

    assert again is first
    assert reports.misses == misses


@pytest.mark.parametrize(
    "changed",
    [
        {"reveal": "score"},
        {"hints": 3},
        {"signatures": True},
        {"rubric": {"follow_through": False}},
        {"rubric": {"credit": {"missing_mean": 0.25}}},
        {"answers": {name: {"formula": "1"} for name in list(EXAMPLE["answers"])[:1]}},
        {"problem": {**EXAMPLE["problem"], "dtype": "float32"}},
    ],
    ids=["reveal", "hints", "signatures", "rubric", "credit", "answers", "problem"],
)
def test_whatever_a_report_depends_on_makes_another(changed: dict[str, Any]) -> None:
    """A change of any part of the request is graded anew, as if nothing had been remembered."""
    report()
    found = report(**changed)
    LEDGER.caches["reports"].clear()

    assert found == report(**changed)
    assert found is not report()
