"""CodeGrade: what the script of a Custom Test prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import Sheet, refusal

FINEST = 10_000
"""The largest denominator of a share of the points."""


@dataclass(frozen=True)
class CodeGrade(Platform):
    """Lines for the student, and the share of the points; no line begins with what the student wrote."""

    name: ClassVar[str] = "codegrade"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        share = Fraction(sheet.fraction).limit_denominator(FINEST)
        return "\n".join([*sheet.lines, as_json({"tag": "points", "points": f"{share.numerator}/{share.denominator}"})])

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """No points at all: the test then failed to run, and is no verdict."""
        return refusal(why)
