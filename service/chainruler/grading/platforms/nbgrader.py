"""nbgrader: what the cell of a test prints, with its points at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chainruler.grading.platforms.platform import Platform, Report
from chainruler.grading.platforms.sheet import Sheet, points, refusal


@dataclass(frozen=True)
class Nbgrader(Platform):
    """Lines to print, and as the last line the number that the cell is to end with.

    nbgrader has no word for a cell that was not graded: an error is 0. So when nothing was graded there is no number,
    and a test that looks for it must stop the kernel, as `chainruler_client.nbgrader` does.
    """

    name: ClassVar[str] = "nbgrader"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        return "\n".join([*sheet.lines, points(sheet.score)])

    def failed(self, why: str, answers: Sequence[str]) -> str:
        return refusal(why)
