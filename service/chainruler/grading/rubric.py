"""What the staff decide: points, the credit that is left after each mistake, tolerances, and mistakes of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

from chainruler.grading.mistakes import Mistake
from chainruler.notation import Syntax


@dataclass(frozen=True)
class OwnMistake:
    """A mistake that the staff know: a wrong formula for an answer, with the feedback and the credit it gets."""

    answer: str
    formula: str
    feedback: str
    credit: float = 0.0
    syntax: Syntax | None = None
    code: str = "own"


@dataclass(frozen=True)
class Rubric:
    """How answers are marked."""

    points: Mapping[str, float] = field(default_factory=dict)
    """For each answer that is asked for; if none is named, 1 for each that is submitted."""
    credit: Mapping[str, float] = field(default_factory=dict)
    """By the code of a mistake: the part of the points that is left."""
    follow_through: bool = True
    """Whether a right step after a wrong one gets all its points, and not what is left of the wrong one."""
    rtol: float | None = None
    """How far numbers may be off, relative; by their dtype unless said."""
    mistakes: tuple[OwnMistake, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)
    """Other names that formulas may use for symbols of the problem."""
    upstream: bool = True
    """Whether formulas may start from the gradients of later lines, such as dZ2."""

    def points_of(self, answer: str) -> float:
        """The points for a right answer."""
        return self.points.get(answer, 0.0 if self.points else 1.0)

    def asks_for(self, answer: str) -> bool:
        """Whether an answer counts."""
        return not self.points or answer in self.points

    def credit_of(self, mistake: type[Mistake]) -> float:
        """The part of the points that one mistake leaves."""
        return self.credit.get(mistake.code, mistake.credit)

    def credit_after(self, mistakes: Iterable[type[Mistake]]) -> float:
        """The part that is left after several mistakes."""
        return prod(self.credit_of(mistake) for mistake in dict.fromkeys(mistakes))
