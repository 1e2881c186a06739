"""Axes, logarithmic and linear: where a value stands, and which values get a mark."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

GRID = [digit * 10.0**power for power in range(-12, 13) for digit in (1, 2, 5)]
GRID_OF_STEPS = [digit * 10.0**power for power in range(-300, 301) for digit in (1, 2, 5)]
ROOM = 30
"""Up to this ratio of the ends, 2 and 5 are marked beside the powers of ten."""


@dataclass(frozen=True)
class Axis:
    """From `low` at `start` to `high` at `end`, both in pixels."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Iterable[float], start: float, end: float) -> Self:
        """An axis that begins and ends on a mark and holds these values."""
        known = sorted(values)
        low = max(mark for mark in GRID if mark <= known[0])
        high = min(mark for mark in GRID if mark >= known[-1] and mark > low)
        return cls(low, high, start, end)

    def at(self, value: float) -> float:
        """Where a value stands, in pixels."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def marks(self) -> list[float]:
        """1, 2, 5, 10, … where there is room for them, otherwise the powers of ten."""
        inside = [mark for mark in GRID if self.low <= mark <= self.high]
        return inside if self.high / self.low <= ROOM else [mark for mark in inside if _is_power(mark)]


@dataclass(frozen=True)
class LinearAxis:
    """The same with equal differences at equal distances."""

    low: float
    high: float
    start: float
    end: float
    step: float

    @classmethod
    def around(cls, values: Iterable[float], start: float, end: float) -> Self:
        """An axis with four to ten marks, which begins and ends on one and holds these values."""
        known = sorted(values)
        span = known[-1] - known[0] or abs(known[0]) or 1.0
        step = next(mark for mark in GRID_OF_STEPS if span / mark <= 6)
        low, high = math.floor(known[0] / step) * step, math.ceil(known[-1] / step) * step
        return cls(low, high if high > low else low + step, start, end, step)

    def at(self, value: float) -> float:
        """Where a value stands, in pixels."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def marks(self) -> list[float]:
        """Every step from one end to the other."""
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]


def label(value: float) -> str:
    """A number as it stands beside a mark: three digits are enough."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _is_power(mark: float) -> bool:
    return math.isclose(math.log10(mark), round(math.log10(mark)), abs_tol=1e-9)
