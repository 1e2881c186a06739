"""How one figure grows with one size, and the slope of that growth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.pictures.curves import Curve
from benchmarks.timing import Effort

Point = tuple[float, float]


class Skipped(Exception):
    """A curve cannot be measured here: the message says why."""


@dataclass(frozen=True)
class Growth:
    """A curve to measure. A new one is an entry in the table of `tables.py`."""

    title: str
    size: str
    """What grows, in the words of the axis."""
    unit: str
    """What is measured, in the words of the other axis."""
    sizes: Sequence[int]
    measure: Callable[[Sequence[int], Effort], Sequence[float]]
    """The figure for each size; whatever is compared takes turns."""
    expected: str
    """What the slope should be, and why."""


@dataclass(frozen=True)
class Fit:
    """figure = factor × size ^ slope, over the points from `begin` on."""

    slope: float
    factor: float
    begin: float
    end: float

    def ends(self) -> list[Point]:
        """The first and the last point of the fitted line."""
        return [(size, self.factor * size**self.slope) for size in (self.begin, self.end)]

    def __str__(self) -> str:
        return f"slope {self.slope:.2f} from {self.begin:,.0f} on"


def fitted(points: Sequence[Point]) -> Fit:
    """The least squares line through the upper half of the logarithms: below, fixed costs bend the curve."""
    upper = list(points)[min((len(points) - 1) // 2, len(points) - 2) :]
    slope, height = np.polyfit([math.log(x) for x, _ in upper], [math.log(y) for _, y in upper], 1)
    return Fit(float(slope), math.exp(height), upper[0][0], upper[-1][0])


def curve(growth: Growth, points: Sequence[Point]) -> Curve:
    """The curve's panel in the picture."""
    fit = fitted(points)
    return Curve(growth.title, growth.size, growth.unit, points, fit.ends(), str(fit))
