"""Lambda Feedback's `params.cases` as mistakes of a rubric: wrong answers that the staff have foreseen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

LONGEST = 2000
CODE = "case_{}"


class Imported(NamedTuple):
    """What a list of cases comes to."""

    mistakes: list[dict[str, Any]]
    """Entries of `rubric.mistakes`; each is counted under the number of its case."""
    warnings: list[dict[str, Any]]
    """Cases that are none: {"case": 0, "message": "…"}."""


def imported(cases: Sequence[Any], answer: str, syntax: str = "numpy") -> Imported:
    """The mistakes that cases describe, in an answer such as W1; a case's `mark` is the credit that it leaves."""
    mistakes: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        trouble = _trouble(case)
        if trouble:
            warnings.append({"case": number, "message": trouble})
        else:
            mistakes.append(_mistake(number, case, answer, syntax))
    return Imported(mistakes, warnings)


def case_of(code: str) -> int | None:
    """The number of the case that a mistake comes from, by its code."""
    found = re.fullmatch(CODE.format(r"(\d+)"), code)
    return int(found[1]) if found else None


def _trouble(case: Any) -> str | None:
    """What keeps a case from being a mistake."""
    if not isinstance(case, Mapping) or not isinstance(case.get("answer"), str) or not case["answer"].strip():
        return "The answer of a case must be a formula."
    if not isinstance(case.get("feedback"), str | None):
        return "The feedback of a case must be a text."
    if len(case["answer"]) > LONGEST or len(case.get("feedback") or "") > LONGEST:
        return f"The answer and the feedback of a case may have at most {LONGEST} characters."
    mark = case.get("mark")
    if mark is not None and (isinstance(mark, bool) or not isinstance(mark, int | float)):
        return "The mark of a case must be a number."
    return None


def _mistake(number: int, case: Mapping[str, Any], answer: str, syntax: str) -> dict[str, Any]:
    return {
        "answer": answer,
        "formula": case["answer"],
        "syntax": syntax_of(case.get("params"), syntax),
        "feedback": case.get("feedback") or "",
        "credit": min(max(float(case.get("mark") or 0), 0.0), 1.0),
        "code": CODE.format(number),
    }


def syntax_of(params: Any, otherwise: str = "numpy") -> str:
    """How formulas are written, by Lambda Feedback's parameters: `is_latex`, or `syntax` as it is called here."""
    told = params if isinstance(params, Mapping) else {}
    if told.get("is_latex") is True:
        return "latex"
    return str(told.get("syntax") or otherwise)
