"""Whether a submitted array is the right one: strict in shape, and in value as exact as it can have been.

Nothing is broadcast, and no difference is small by itself: each entry is measured against its own size, against a part
of the largest, and against what rounding can do to it. A bare absolute tolerance would pass the wrong sign of a small
gradient; a bound that grows with the size of the array would pass zeros for most of its entries.
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
"""How many roundings of the largest entry any entry may be off by, where rounding was not carried through the lines."""
SURE, OVERALL = 14.0, 8.0
"""How many standard deviations of rounding an entry may be off, and the whole array. In float32 NumPy, with networks of
up to 784-300-100-10 and 256 samples, an entry was off by 12.8 at most and an array by 2.9."""
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


def agrees(
    answer: Array, right: Array, tolerance: Tolerance, scale: float = 0.0, rounding: Array | None = None
) -> bool:
    """Whether the answer is the right array.

    `rounding` is the standard deviation that rounding gives each entry, for a verdict; without it a part of the largest
    entry is allowed for, or of `scale`, which is how large numbers are where the right ones are all 0.
    """
    if answer.shape != right.shape or not np.isfinite(answer).all():
        return False
    with np.errstate(all="ignore"):
        far = np.abs(answer - right)
        if rounding is None:
            largest = float(np.abs(right).max(initial=0.0))
            return bool((far <= _stated(right, tolerance) + ROUNDING * tolerance.eps * (largest or scale)).all())
        stated = _stated(right, tolerance)
        if (far <= stated).all():
            return True
        whole = _norm(stated) + OVERALL * _norm(rounding)
        return bool((far <= stated + SURE * rounding).all()) and _norm(far) <= whole


def first_off(answer: Array, right: Array, tolerance: Tolerance, rounding: Array) -> list[int] | None:
    """The index of the first entry that is not right. Which one is farthest off would tell where the right one lies."""
    with np.errstate(all="ignore"):
        off = np.abs(answer - right) > _stated(right, tolerance) + SURE * rounding
    return [int(places[0]) for places in np.nonzero(off)] if off.any() else None


def _stated(right: Array, tolerance: Tolerance) -> Array:
    """How far each entry may be off without any rounding."""
    if tolerance.units is not None:
        return np.broadcast_to(tolerance.units * HALF, right.shape)
    magnitude = np.abs(right)
    return np.asarray(tolerance.rtol * np.maximum(magnitude, FLOOR * magnitude.max(initial=0.0)))


def _norm(array: Array) -> float:
    """Its length, also where squares are too large or too small for a number."""
    largest = float(np.abs(array).max(initial=0.0))
    return float(np.linalg.norm(array / largest)) * largest if largest else 0.0


def distance(answer: Array, right: Array) -> float:
    """The largest difference, as a part of the largest right entry; infinite for another shape."""
    if answer.shape != right.shape or not np.isfinite(answer).all():
        return math.inf
    with np.errstate(all="ignore"):
        largest = float(np.abs(right).max(initial=0.0))
        return float(np.abs(answer - right).max(initial=0.0)) / (largest or 1.0)


def too_coarse(right: Array, units: Array) -> bool:
    """Whether the digits that were typed leave too much open to tell right from wrong."""
    largest = float(np.abs(right).max(initial=0.0))
    return bool((units * HALF > COARSEST * largest).any()) and largest > 0
