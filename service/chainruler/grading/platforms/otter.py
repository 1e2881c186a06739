"""Otter-Grader: `results.json` as `otter run` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import MarkedAnswer, Sheet, refusal

FAILED = "Autograder Failed"
"""What Otter itself calls the test that says so."""


@dataclass(frozen=True)
class Otter(Platform):
    """One test for each answer, named after it as Otter names questions; Otter's own total is the sum of the tests."""

    name: ClassVar[str] = "otter"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        return as_json(
            {"score": sheet.score, "output": sheet.headline, "tests": [_test(answer) for answer in sheet.answers]}
        )

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """Without a score, where Otter would write 0: no score is a failure, and 0 would be a verdict."""
        return as_json(
            {"tests": [{"name": FAILED, "visibility": "visible", "output": refusal(why), "status": "failed"}]}
        )


def _test(answer: MarkedAnswer) -> dict[str, Any]:
    test: dict[str, Any] = {"name": answer.name, "visibility": "visible", "output": answer.text}
    if not answer.gradable:
        return test | {"status": "failed"}
    return test | {"score": round(answer.score, 5), "max_score": round(answer.most, 5)}
