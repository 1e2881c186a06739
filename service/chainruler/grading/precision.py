"""The precision of the numbers in an array, by their look: JSON has one kind of number, whatever computed it.

An array that is written with few digits is one of many that read the same, and so it is right if the right one is among
them. Nothing here looks at the right array.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chainruler.grading.comparing import Array

SINGLE = 7
"""Digits of the largest entry that are as exact as float32."""
MOST = 9
"""With more digits than float32 has when it is printed, numbers are of float64."""
DIGITS = np.arange(1.0, MOST + 1)
"""How many digits the largest entry may have."""
NEAREST = 1e-15
"""How far the nearest float64 to a decimal may be from whole units, as a part of it."""
HALF_BITS = 10
"""The bits of a float16 after the first."""


@dataclass(frozen=True, eq=False)
class Digits:
    """How an array was rounded."""

    units: Array
    """The unit of the last digit of each entry."""
    of_largest: int
    """How many digits its largest entry has."""


def digits_of(array: Array) -> list[Digits]:
    """The ways in which an array may have been rounded: to decimals, to significant digits, or to float16."""
    magnitude = np.abs(array)
    largest = float(magnitude.max(initial=0.0))
    if not 1e-290 < largest < 1e290:
        return []
    found = _decimal(array, magnitude, largest)
    if _has_bits(largest, HALF_BITS) and _has_bits(array, HALF_BITS):
        found.append(Digits(np.exp2(np.floor(np.log2(np.where(magnitude > 0, magnitude, largest))) - HALF_BITS), 3))
    return found


def _decimal(array: Array, magnitude: Array, largest: float) -> list[Digits]:
    """The ways by decimals, and by significant digits; the largest entry, which has one unit in both, goes first."""
    top = math.floor(math.log10(largest))
    counts = [int(k) for k in DIGITS[_on(largest, 10.0 ** (top - DIGITS + 1))]]
    if not counts:
        return []
    first = np.floor(np.log10(np.where(magnitude > 0, magnitude, largest)))
    decimals = ((k, np.full(array.shape, 10.0 ** (top - k + 1))) for k in counts)
    significant = ((k, 10.0 ** (first - k + 1)) for k in counts)
    firsts = (next((Digits(u, k) for k, u in ways if _on(array, u).all()), None) for ways in (decimals, significant))
    return [way for way in firsts if way is not None]


def is_single(array: Array) -> bool:
    """Whether it was computed with float32: by its type, by bits that end there, or by the digits that it prints."""
    if array.dtype == np.float32:
        return True
    if fits_single(array):
        return not _has_bits(array, HALF_BITS)
    return any(way.of_largest >= SINGLE for way in digits_of(array))


def fits_single(array: Array) -> bool:
    """Whether every entry is a number of float32."""
    with np.errstate(all="ignore"):
        return bool((array.astype(np.float32) == array).all())


def _on(array: Array | float, units: Array) -> Array:
    """Which entries are a whole number of their units, but for what the nearest float64 is off."""
    return np.asarray(np.abs(np.rint(array / units) * units - array) <= NEAREST * np.abs(array))


def _has_bits(array: Array | float, bits: int) -> bool:
    """Whether every entry is exact in this number of bits after the first."""
    mantissa: Array = np.frexp(np.asarray(array))[0]
    scaled = mantissa * 2.0 ** (bits + 1)
    return bool((scaled == np.rint(scaled)).all())
