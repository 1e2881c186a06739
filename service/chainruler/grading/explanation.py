"""Mistakes that together explain what was submitted, and which of two such explanations say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chainruler.grading.comparing import Array, distance
from chainruler.grading.key import Structure
from chainruler.grading.variants import SAME, Variant, covers, fingerprint

Explanation = tuple[Variant, ...]
"""The mistakes that together give what was submitted, in the order of lines."""


class Outcome:
    """The values that an explanation gives the submitted lines at points where different functions differ.

    It is worked out point by point, as far as it is compared with others: most explanations are the only ones.
    """

    def __init__(self, explanation: Explanation, structure: Structure, names: Iterable[str]) -> None:
        self.explanation, self.points = explanation, structure.elsewhere
        self.symbols = [structure.context.symbols[name] for name in names]
        self._marks: dict[int, list[Array]] = {}

    def equals(self, other: Outcome) -> bool:
        """Whether both are the same at every point."""
        pairs = (zip(self._at(n), other._at(n), strict=True) for n in range(len(self.points)))
        return all(distance(mine, theirs) <= SAME for pair in pairs for mine, theirs in pair)

    def _at(self, number: int) -> list[Array]:
        if number not in self._marks:
            values = self.points[number].scratch()
            for variant in self.explanation:
                values = variant.made(values)
            self._marks[number] = [fingerprint(values(symbol)) for symbol in self.symbols]
        return self._marks[number]


def cost_of(variants: Sequence[Variant], made: Sequence[Variant]) -> int:
    """How many new kinds of mistakes a line adds; a repeated kind is one misunderstanding and costs nothing."""
    return len({v.kind for v in variants} - {v.kind for v in made})


def size_of(explanation: Explanation) -> tuple[int, bool, int]:
    """How many kinds of mistakes, whether an unrecognised factor is among them, and how many mistakes."""
    return len({v.kind for v in explanation}), any(v.unrecognised for v in explanation), len(explanation)


def only_first_is_told(one: Explanation, other: Explanation) -> bool:
    """Whether of two explanations of the same function only the first is told."""
    return all(covers(mine.mistake, theirs.mistake) for mine, theirs in zip(one, other, strict=False))
