"""Autolab: the last lines of what the autograder prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import MarkedAnswer, Sheet, refusal

STAGE = "Gradients"


@dataclass(frozen=True)
class Autolab(Platform):
    """What is shown, and behind it the scores: of each answer under its name, or of all under one `problem`.

    These problems must exist in the lab. null is a score that is still open.
    """

    name: ClassVar[str] = "autolab"
    problem: str | None = None

    def __post_init__(self) -> None:
        if self.problem is not None and ":" in self.problem:
            raise ValueError("Autolab cannot read the scores of a problem with a colon in its name.")

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        tests = {answer.name: {"passed": answer.full, **_hint(answer)} for answer in sheet.answers}
        shown = {"_presentation": "semantic", "stages": [STAGE], STAGE: tests}
        scores: dict[str, float | None] = {one.name: one.score if one.gradable else None for one in sheet.answers}
        if self.problem is not None:
            scores = {self.problem: sheet.score}
        return f"{as_json(shown)}\n{as_json({'scores': scores})}"

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """Open scores; where no problem is known there is no line of scores, and Autolab says that grading failed."""
        problems = list(answers) if self.problem is None else [self.problem]
        scores = [as_json({"scores": dict.fromkeys(problems)})] if problems else []
        return "\n".join([refusal(why), *scores])


def _hint(answer: MarkedAnswer) -> dict[str, str]:
    return {} if answer.full else {"hint": answer.text}
