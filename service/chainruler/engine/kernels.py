"""The few NumPy routines that are more than one call: products of rows, error function, scatter, sliding windows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.memory import LEDGER

Array = NDArray[np.floating]
Pair = tuple[int, int]

# Rational approximations of erf by W. J. Cody (Math. Comp. 23, 1969), lowest power first.
# fmt: off
_NEAR_ABOVE = (3.20937758913846947e03, 3.77485237685302021e02, 1.13864154151050156e02, 3.16112374387056560e00,
               1.85777706184603153e-1)
_NEAR_BELOW = (2.84423683343917062e03, 1.28261652607737228e03, 2.44024637934444173e02, 2.36012909523441209e01, 1.0)
_MID_ABOVE = (1.23033935479799725e03, 2.05107837782607147e03, 1.71204761263407058e03, 8.81952221241769090e02,
              2.98635138197400131e02, 6.61191906371416295e01, 8.88314979438837594e00, 5.64188496988670089e-1,
              2.15311535474403846e-8)
_MID_BELOW = (1.23033935480374942e03, 3.43936767414372164e03, 4.36261909014324716e03, 3.29079923573345963e03,
              1.62138957456669019e03, 5.37181101862009858e02, 1.17693950891312499e02, 1.57449261107098347e01, 1.0)
# fmt: on


def _ratio(above: tuple[float, ...], below: tuple[float, ...], x: Array) -> Array:
    """The quotient of two polynomials."""
    top, bottom = np.full_like(x, above[-1]), np.full_like(x, below[-1])
    for a, b in zip(above[-2::-1], below[-2::-1], strict=True):
        top, bottom = top * x + a, bottom * x + b
    return top / bottom


SHORT, MOST = 2**14, 64
"""The greatest length and number of constant arrays that all programs share."""
LEDGER.set_aside("ones and counts", 2 * MOST * SHORT * 8)


def ones(length: int, dtype: np.dtype[Any]) -> Array:
    """Ones to sum with, short ones made once for each length; nobody may write to them."""
    return _ones(length, dtype) if length <= SHORT else _ones.__wrapped__(length, dtype)


def count(length: int) -> NDArray[np.intp]:
    """0, 1, 2, …, made once for each length if it is short; nobody may write to it."""
    return _count(length) if length <= SHORT else _count.__wrapped__(length)


@lru_cache(maxsize=MOST)
def _ones(length: int, dtype: np.dtype[Any]) -> Array:
    result = np.ones(length, dtype)
    result.setflags(write=False)
    return result


@lru_cache(maxsize=MOST)
def _count(length: int) -> NDArray[np.intp]:
    result = np.arange(length)
    result.setflags(write=False)
    return result


def multiply_rows(a: Array, b: Array, out: Array | None = None) -> Array:
    """The product of two arrays that are both repeated along axes of each other.

    NumPy would write out what is repeated into buffers of 8192 entries, which takes longer than the product itself;
    with buffers no longer than a row, it goes through the rows as they lie.
    """
    with np.errstate():  # gives the usual size back at its end
        np.setbufsize(256)
        return np.multiply(a, b, out)


BLOCK = 2**13
"""How many entries erf is computed of at a time: what it needs meanwhile stays in the processor's cache."""


def erf(x: Array) -> Array:
    """The error function of every entry, within 1e-15."""
    x = np.asarray(x)  # a number that is written out comes as a float
    if x.size <= BLOCK:
        return _erf(x)
    result = np.empty_like(x)
    entries, computed = x.ravel("K"), result.ravel("K")
    for start in range(0, x.size, BLOCK):
        computed[start : start + BLOCK] = _erf(entries[start : start + BLOCK])
    return result


def _erf(x: Array) -> Array:
    size = np.abs(x)
    near = np.minimum(size, 0.46875)
    far = np.clip(size, 0.46875, 6.0)  # beyond 6, erf is 1 to the last bit
    inside = near * _ratio(_NEAR_ABOVE, _NEAR_BELOW, near * near)
    outside = 1.0 - np.exp(-far * far) * _ratio(_MID_ABOVE, _MID_BELOW, far)
    return np.asarray(np.copysign(np.where(size <= 0.46875, inside, outside), x))


def scatter(shape: tuple[int, ...], where: tuple[Any, ...], slices: Array, dtype: np.dtype[np.floating]) -> Array:
    """Zeros with each slice added at its index; an index that comes twice gets both."""
    result = np.zeros(shape, dtype)
    np.add.at(result, where, slices)
    return result


def window(x: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    """(…, height, width) to (…, entries of a window, windows)."""
    if any(padding):
        x = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p) for p in padding])
    views = np.lib.stride_tricks.sliding_window_view(x, kernel, (-2, -1))[..., :: stride[0], :: stride[1], :, :]
    rows, columns = views.shape[-4:-2]
    inner = np.array(np.moveaxis(views, (-2, -1), (-4, -3)), order="C")  # a copy: a window of one looks into x itself
    return inner.reshape(*x.shape[:-2], kernel[0] * kernel[1], rows * columns)


def unwindow(x: Array, image: Pair, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    """(…, entries of a window, windows) back to (…, height, width), adding where windows overlap."""
    lead = x.shape[:-2]
    height, width = image[0] + 2 * padding[0], image[1] + 2 * padding[1]
    rows, columns = (height - kernel[0]) // stride[0] + 1, (width - kernel[1]) // stride[1] + 1
    parts = x.reshape(*lead, *kernel, rows, columns)
    result = np.zeros((*lead, height, width), x.dtype)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            result[..., i : i + rows * stride[0] : stride[0], j : j + columns * stride[1] : stride[1]] += parts[
                ..., i, j, :, :
            ]
    return result[..., padding[0] : height - padding[0], padding[1] : width - padding[1]]
