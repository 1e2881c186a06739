"""A submitted array, and the comparison of others with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainruler.grading.comparing import Array, Tolerance, agrees

FLAT = 1e-9
"""Entries that differ by no more than this part of the largest are one number."""


@dataclass(frozen=True, eq=False)
class SubmittedArray:
    """A submitted array, with its tolerance and its verdict."""

    array: Array
    tolerance: Tolerance
    right: bool
    given: bool = False
    """Whether a wrong array is accepted as a premise: explanations concern the lines after it."""
    copied: bool = False
    """Whether it is an array that the problem gives."""
    digits: int = 0
    """To how many digits it is right, if its numbers are rounded and that is all that is wrong with them."""
    faint: float | None = None
    """Where 0 is right, what is next to nothing: two arrays of rounding are equal, whatever their sizes."""

    @property
    def is_zero(self) -> bool:
        """Whether 0 is right, and so is this."""
        return self.faint is not None

    @cached_property
    def explains_nothing(self) -> bool:
        """Whether it comes about without a derivative, and by too many pairs of mistakes."""
        return self.copied or not self.array.any()

    @cached_property
    def is_flat(self) -> bool:
        """Whether all of its entries are one number, which any factor gives."""
        return float(np.ptp(self.array)) <= FLAT * abs(self.largest[0][1])

    @cached_property
    def largest(self) -> list[tuple[int, float]]:
        """Where its three largest entries are, and what they are."""
        order = np.argsort(-np.abs(self.array), axis=None, kind="stable")[:3]
        return [(int(place), self.array.item(place)) for place in order]

    @cached_property
    def _slack(self) -> float:
        """How far from its largest entry that of an equal array may be."""
        units = self.tolerance.units
        return 2 * self.tolerance.rtol * abs(self.largest[0][1]) if units is None else 2 * float(np.max(units))

    def matches(self, value: Array) -> bool:
        """Whether another array equals it; one look at the largest entry rules out nearly all others."""
        if value.shape != self.array.shape:
            return False
        if self.faint is not None:
            return bool((np.abs(value) <= self.faint).all())
        return self.may_have(value.item(self.largest[0][0])) and agrees(self.array, value, self.tolerance)

    def may_have(self, entry: float) -> bool:
        """Whether an equal array may have this entry where this one has its largest."""
        return abs(entry - self.largest[0][1]) <= self._slack

    def may_be(self, rows: Array) -> Array:
        """Which of several arrays, one a row, have such an entry there."""
        place, entry = self.largest[0]
        return np.abs(rows[:, place] - entry) <= self._slack
