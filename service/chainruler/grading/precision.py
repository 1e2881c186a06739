"""The precision of the numbers in an array, by their look: JSON has one kind of number, whatever computed it.

An array that is written with few digits is one of many that read the same, and so it is right if the right one is among
them. Nothing here looks at the right array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainruler.grading.comparing import Array

SINGLE = 7
"""So many digits of the largest entry are as exact as float32."""
MOST = 9
"""With more digits than float32 has when it is printed, numbers are of float64."""
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
    first = np.floor(np.log10(np.where(magnitude > 0, magnitude, largest)))
    top = int(np.floor(np.log10(largest)))
    ways = [10.0 ** (top - k + 1) for k in range(1, MOST + 1)]
    found = [Digits(np.full(array.shape, unit), k) for k, unit in enumerate(ways, 1) if _is_on(array, unit)][:1]
    by_entry = [(k, 10.0 ** (first - k + 1)) for k in range(1, MOST + 1)]
    found += [Digits(units, k) for k, units in by_entry if _is_on(array, units)][:1]
    if _has_bits(array, HALF_BITS):
        found.append(Digits(np.exp2(np.floor(np.log2(np.where(magnitude > 0, magnitude, largest))) - HALF_BITS), 3))
    return found


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


def _is_on(array: Array, units: Array | float) -> bool:
    """Whether every entry is a whole number of its units, but for what the nearest float64 is off."""
    counts = np.rint(array / units)
    return bool(np.isclose(counts * units, array, rtol=1e-15, atol=0).all())


def _has_bits(array: Array, bits: int) -> bool:
    """Whether every entry is a number of so many bits after the first."""
    mantissa, _ = np.frexp(array)
    scaled = mantissa * 2.0 ** (bits + 1)
    return bool((scaled == np.rint(scaled)).all())
