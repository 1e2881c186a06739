"""Submitty: `validation_results.json` of a custom validator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import Sheet, clean, refusal


@dataclass(frozen=True)
class Submitty(Platform):
    """One check with a score from 0 to 1, which warns of what could not be read."""

    name: ClassVar[str] = "submitty"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        status = "warning" if not sheet.gradable else "success" if sheet.full else "failure"
        data = {"score": sheet.fraction, "message": "\n".join(sheet.lines), "status": status}
        return as_json({"status": "success", "data": data})

    def unread(self, why: str, answers: Sequence[str]) -> str:
        """A warning: of a validator that failed, Submitty would not show the reasons to the student."""
        return as_json({"status": "success", "data": {"score": 0.0, "message": refusal(why), "status": "warning"}})

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """Submitty's word for a validator that failed: it knows no open score, but says that this is none."""
        return as_json({"status": "fail", "message": clean(why)})
