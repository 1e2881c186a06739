"""PrairieLearn: `results.json` of an external grader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import Sheet, refusal


@dataclass(frozen=True)
class PrairieLearn(Platform):
    """A submission with an answer that cannot be read is not gradable, which costs no attempt.

    It then tells nothing of the other answers: otherwise one broken answer would buy verdicts on the rest for free.
    """

    name: ClassVar[str] = "prairielearn"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        if not sheet.gradable:
            return _not_gradable([f"{one.name}: {one.text}" for one in sheet.answers if not one.gradable])
        tests = [
            {"name": one.headline, "points": one.score, "max_points": one.most, "message": one.text}
            for one in sheet.answers
        ]
        return as_json({"gradable": True, "score": sheet.fraction, "message": sheet.headline, "tests": tests})

    def failed(self, why: str, answers: Sequence[str]) -> str:
        return _not_gradable([refusal(why)])


def _not_gradable(errors: list[str]) -> str:
    return as_json({"gradable": False, "score": 0.0, "format_errors": errors})
