"""What equal wrong answers share, so that those of a class can be counted by what they are and not by their text.

A signature is made of the answer alone: of the numbers of an array, and of the values of a formula at a random point
that has nothing to do with the numbers that are posed. So it tells nothing about the right answer. A hash would tell
less, and could not be compared up to rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainruler.grading.comparing import Array, Tolerance
from chainruler.grading.formulas import EXACT
from chainruler.grading.judging import Judged

FREQUENCIES = np.sqrt([2.0, 3.0])
"""Of the weights, which go round the unit circle: each entry counts fully, and no exchange of entries goes unseen."""


def signature_of(one: Judged) -> dict[str, Any] | None:
    """The signature of an answer; None if it has no values of its own."""
    if one.formula is not None:
        value = one.formula.value(one.formula.key.written.probe_point)
        return _signature("formula", value, EXACT) if np.isfinite(value).all() else None
    return None if one.submitted is None else _signature("array", one.submitted.array, one.submitted.tolerance)


def _signature(kind: str, value: Array, tolerance: Tolerance) -> dict[str, Any]:
    entries = np.asarray(value, np.float64).ravel()
    largest = float(np.abs(entries).max(initial=0.0))
    weights = np.exp(1j * np.outer(FREQUENCIES, np.arange(entries.size)))
    sums = weights @ entries / np.sqrt(max(entries.size, 1))  # rounding adds up to no more in many entries than in one
    units = 0.0 if tolerance.units is None else float(np.max(tolerance.units)) / (largest or 1.0)
    return {
        "kind": kind,
        "numbers": [largest, *sums.real.tolist(), *sums.imag.tolist()],
        "tolerance": units or tolerance.rtol,
    }
