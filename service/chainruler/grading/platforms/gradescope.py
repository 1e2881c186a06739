"""Gradescope: `results.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import MarkedAnswer, Sheet, refusal

FORMATS = {"output_format": "text", "test_output_format": "text", "test_name_format": "text"}
"""As text, Gradescope escapes what it shows."""


@dataclass(frozen=True)
class Gradescope(Platform):
    """One test for each answer; one that could not be read has no score, so that none looks like a verdict."""

    name: ClassVar[str] = "gradescope"
    visibility: Literal["visible", "hidden", "after_due_date", "after_published"] = "visible"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        tests = [self._test(number, answer) for number, answer in enumerate(sheet.answers, 1)]
        kept = {"answers": {answer.name: list(answer.codes) for answer in sheet.answers}, "engine": dict(sheet.engine)}
        return as_json(
            {
                "score": sheet.score,
                "output": sheet.headline,
                **FORMATS,
                "visibility": self.visibility,
                "stdout_visibility": "hidden",
                "extra_data": {"chainruler": kept},
                "tests": tests,
            }
        )

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """Without any score: Gradescope then says that the autograder failed, and records none."""
        return as_json({"output": refusal(why), **FORMATS, "visibility": "visible", "stdout_visibility": "hidden"})

    def _test(self, number: int, answer: MarkedAnswer) -> dict[str, Any]:
        test: dict[str, Any] = {
            "name": answer.headline,
            "number": str(number),
            "max_score": answer.most,
            "status": "passed" if answer.full else "failed",
            "output": answer.text,
            "tags": list(answer.codes),
            "visibility": self.visibility,
            "extra_data": {"answer": answer.name, "verdict": answer.verdict},
        }
        return test | ({"score": answer.score} if answer.gradable else {})
