"""From which numbers random data are drawn: those of the posed data's kind, or else those that the loss takes.

A formula has to be right for the data that may be posed, and for no others: `where(Y == 1, …)` is right for targets of
0 and 1. So what is 0 or 1 stays so, and one-hot rows, rows that sum to one, whole numbers and positive numbers as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainruler.networks.blueprint import Input

Array: TypeAlias = NDArray[Any]
Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, ...]], Array]

WIDEST = 9
"""The largest whole number that is drawn: larger ones would saturate every activation."""


class Domain(NamedTuple):
    """The numbers that an array of data may hold."""

    draw: Draw
    scales: bool = False
    """Whether they may be taken larger or smaller at will."""


SHARES = Domain(lambda random, shape: random.uniform(0.05, 0.95, shape))
"""Between 0 and 1: what probabilities, weights and variances may be, and what every function takes."""


def domain_of(wanted: Input, posed: Array | None) -> Domain:
    """The domain of an input: as its posed numbers show it, where there are any."""
    if wanted.variable.kind == "index":
        return Domain(_chosen(wanted))
    if posed is None or not posed.size:
        return _of_loss(wanted)
    values = np.asarray(posed, np.float64)
    axis = wanted.sums_to_one_along if wanted.sums_to_one_along is not None else _axis_of_ones(values)
    if axis is not None:
        return Domain(_one_hot(axis) if _is_binary(values) else _shares(axis))
    return _of_whole(values) if (values == np.round(values)).all() else _continuous(wanted, values)


def _chosen(wanted: Input) -> Draw:
    """Whole numbers that pick: one row of a table twice, by samples of different classes.

    So a row that is overwritten differs from one that is added to, and from the mean of both.
    """
    limit = wanted.limit or 2

    def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
        chosen = random.integers(0, limit, shape)
        chosen.flat[-1:] = chosen.flat[0] if wanted.key == "x" else (chosen.flat[0] + 1) % limit
        return chosen

    return draw


def _is_binary(values: Array) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def _of_whole(values: Array) -> Domain:
    """Classes of 0 and 1, or of −1 and 1, and counts."""
    if _is_binary(values):
        return Domain(lambda random, shape: random.integers(0, 2, shape).astype(np.float64))
    if (np.abs(values) == 1).all():
        return Domain(lambda random, shape: random.choice([-1.0, 1.0], shape))
    return Domain(_whole(int(max(values.min(), -WIDEST)), int(min(values.max(), WIDEST))))


def _of_loss(wanted: Input) -> Domain:
    """What the loss itself says of targets and weights."""
    if wanted.sums_to_one_along is not None:
        return Domain(_one_hot(wanted.sums_to_one_along))
    if wanted.entries in {"probabilities", "variances"} or wanted.key == "weights":
        return SHARES
    return Domain(lambda random, shape: random.normal(0.0, 1.0, shape), scales=True)


def _continuous(wanted: Input, values: Array) -> Domain:
    low, high = float(values.min()), float(values.max())
    if wanted.entries == "probabilities" or (low >= 0 and high <= 1):
        return Domain(_with_zeros(lambda random, shape: random.uniform(0.05, 0.95, shape), values))
    if low >= 0:
        positive = _with_zeros(lambda random, shape: np.exp(random.normal(0.0, 0.7, shape)), values)
        return Domain(positive, scales=True)
    return Domain(lambda random, shape: random.normal(0.0, 1.0, shape), scales=True)


def _with_zeros(draw: Draw, values: Array) -> Draw:
    """The same, with zeros as often as the posed numbers have them."""
    share = float((values == 0).mean())
    if not share:
        return draw
    return lambda random, shape: draw(random, shape) * (random.random(shape) >= share)


def _axis_of_ones(values: Array) -> int | None:
    """The axis along which numbers from 0 to 1 add up to 1 in every row, of more than one row; None for others."""
    rows = values.ndim == 2 and min(values.shape) > 1 and (values >= 0).all()
    return -1 if rows and (np.abs(values.sum(axis=-1) - 1) <= 1e-9).all() else None


def _one_hot(axis: int) -> Draw:
    def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
        rest = tuple(n for i, n in enumerate(shape) if i - len(shape) != axis)
        return np.moveaxis(np.eye(shape[axis])[random.integers(0, shape[axis], rest)], -1, axis)

    return draw


def _shares(axis: int) -> Draw:
    def draw(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
        raw = random.uniform(0.1, 1.0, shape)
        return np.asarray(raw / raw.sum(axis=axis, keepdims=True))

    return draw


def _whole(low: int, high: int) -> Draw:
    """Whole numbers about as large as the posed ones; positive ones stay so, and so do those from 0 on."""
    low, high = (low, high + 3) if low in {0, 1} else (1 if low > 0 else low - 2, high + 3)
    return lambda random, shape: random.integers(low, high, shape, endpoint=True).astype(np.float64)
