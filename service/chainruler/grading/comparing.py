"""Whether an array that was handed in is the right one: strict in shape, and in value as exact as it can have been.

Nothing is broadcast, and no difference is small by itself: it is measured against the largest entry of the right array,
and each entry besides against its own size. A bare absolute tolerance would pass the wrong sign of a small gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Misshape: TypeAlias = Literal["transposed", "padded", "other"]
"""Exchanged axes; a vector written as a column or row, or the other way round; anything else."""

FLOOR = 1e-3
"""Entries below this part of the largest count as being as large: what is 0 but for rounding is no worse for it."""
ROUNDING = 64
"""How many roundings an entry may have suffered, for each in a root of n of the array: a generous bound."""
HALF = 0.5 * (1 + 1e-9)
"""Half a unit of the last digit, and what reading and rounding a decimal may add."""
COARSEST = 0.05
"""Digits that leave more than this part of the largest entry open say too little to be right or wrong."""


@dataclass(frozen=True, eq=False)
class Tolerance:
    """How far an answer may be from the right one."""

    rtol: float = 1e-6
    """Of the largest entry, and of each entry."""
    eps: float = float(np.finfo(np.float64).eps)
    """The rounding of the numbers that the answer was computed with."""
    units: Array | None = None
    """For typed decimals, the unit of the last digit of each; it takes the place of `rtol`."""


FLOAT64 = Tolerance()
FLOAT32 = Tolerance(1e-4, float(np.finfo(np.float32).eps))


def misshape(answer: Array, right: Array) -> Misshape | None:
    """What is wrong with the answer's shape; None if nothing is."""
    if answer.shape == right.shape:
        return None
    if right.ndim == 2 and answer.shape == right.shape[::-1]:
        return "transposed"
    if _without_ones(answer.shape) == _without_ones(right.shape):
        return "padded"
    return "other"


def _without_ones(shape: tuple[int, ...]) -> list[int]:
    return [side for side in shape if side != 1]


def agrees(answer: Array, right: Array, tolerance: Tolerance, scale: float = 0.0) -> bool:
    """Whether the answer is the right array; `scale` is how large numbers are where the right ones are all 0."""
    if answer.shape != right.shape or not np.isfinite(answer).all():
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(answer - right) <= allowed(right, tolerance, scale)).all())


def allowed(right: Array, tolerance: Tolerance, scale: float = 0.0) -> Array:
    """How far each entry may be from the right one."""
    magnitude = np.abs(right)
    largest = float(magnitude.max(initial=0.0))
    rounding = ROUNDING * tolerance.eps * math.sqrt(max(right.size, 1)) * (largest or scale)
    if tolerance.units is not None:
        return tolerance.units * HALF + rounding
    return tolerance.rtol * np.maximum(magnitude, FLOOR * largest) + rounding


def apart(answer: Array, right: Array) -> float:
    """The largest difference, as a part of the largest right entry; infinite for another shape."""
    if answer.shape != right.shape or not np.isfinite(answer).all():
        return math.inf
    with np.errstate(all="ignore"):
        largest = float(np.abs(right).max(initial=0.0))
        return float(np.abs(answer - right).max(initial=0.0)) / (largest or 1.0)


def worst(answer: Array, right: Array) -> tuple[int, ...]:
    """The index of the entry that is farthest from the right one."""
    return tuple(map(int, np.unravel_index(int(np.argmax(np.abs(answer - right))), right.shape)))


def too_coarse(right: Array, units: Array) -> bool:
    """Whether the digits that were typed leave too much open to tell right from wrong."""
    largest = float(np.abs(right).max(initial=0.0))
    return bool((units * HALF > COARSEST * largest).any()) and largest > 0


def band(error: float) -> str:
    """The decade that an error lies in: magnitudes are told no closer, or answers could be searched for with them."""
    if not math.isfinite(error):
        return "not comparable"
    if error == 0:
        return "0"
    exponent = min(max(math.floor(math.log10(error)), -16), 16)
    return f"1e{exponent} to 1e{exponent + 1}"
