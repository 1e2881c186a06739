"""MarkUs: the lines that a custom tester prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import MarkedAnswer, Sheet, refusal


@dataclass(frozen=True)
class Markus(Platform):
    """A test for each answer, a comment on all of them, and a tag for each mistake."""

    name: ClassVar[str] = "markus"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        tests = [
            _test(answer.name, answer.text, _status(answer), answer.score, answer.most) for answer in sheet.answers
        ]
        tags = dict.fromkeys(code for answer in sheet.answers for code in answer.codes)
        told: list[dict[str, Any]] = [*tests, {"overall_comment": sheet.headline}]
        if tags:
            told.append({"tags": [{"name": tag} for tag in tags]})
        return "\n".join(map(as_json, told))

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """An error of all tests, which are worth nothing, so that they take nothing."""
        return as_json(_test("All tests", refusal(why), "error_all", 0.0, 0.0))


def _status(answer: MarkedAnswer) -> str:
    if not answer.gradable:
        return "error"
    return "pass" if answer.full else "partial" if answer.score else "fail"


def _test(name: str, output: str, status: str, earned: float, total: float) -> dict[str, Any]:
    return {
        "name": name,
        "output": output,
        "marks_earned": earned,
        "marks_total": total,
        "status": status,
        "time": None,
    }
