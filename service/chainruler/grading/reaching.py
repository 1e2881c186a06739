"""Both sides of every switch: formulas that differ only beyond some number are compared beyond it as well.

Where a formula or the right line switches depends on numbers that are written out in it. Points of the usual size may
all lie on one side. Then points of any size are drawn until one is on the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, cycle, islice, product
from typing import TypeAlias

import numpy as np

from chainruler.engine import Evaluation, Expression
from chainruler.grading.points import ANY, EXTREMES, HUGE, TINY, USUAL, Array, ProbePoints

TRIES = 72
"""The most points that are drawn to reach the other sides."""
MORE = 8
"""Points in which one array is large beside small ones."""
ARRAYS, AGAIN = 8, 4
"""The most arrays that are scaled alone, and how often each, until the right line is more than rounding there."""
CROSSINGS = 16
"""How many places where a sum is 0 are tried until the right line is more than rounding there."""
HALVINGS = 50
"""How often the way between two points is halved to find the place where a sum is 0."""
FAINT = 1e-10
"""A right line that is no larger than this everywhere may be nothing but rounding."""

Side: TypeAlias = tuple[Expression, bool]
"""What is above zero on one side of a switch, and whether this is that side."""


def reaching(
    points: ProbePoints,
    have: Sequence[Evaluation],
    switches: Sequence[Expression],
    right: Expression,
    random: np.random.Generator,
) -> list[Evaluation]:
    """Points that lie on those sides of switches where none of the others do, as far as they are found."""
    missing = _both_sides(switches)
    for point in have:
        missing -= _sides(point, missing)
    if any(switch in points.context.switches for switch, _ in missing):
        missing -= _out_of_reach(points, right)
    found, _ = _reached(points, missing, right, random)
    return found


def _out_of_reach(points: ProbePoints, right: Expression) -> frozenset[Side]:
    """The sides that no formula for a line needs to look for: by points of its own, whatever was graded before."""
    if right not in points.out_of_reach:
        sides = _both_sides(points.context.switches)
        _, missing = _reached(points, sides, right, np.random.default_rng(1))
        points.out_of_reach[right] = frozenset(missing)
    return points.out_of_reach[right]


def _reached(
    points: ProbePoints, sides: set[Side], right: Expression, random: np.random.Generator
) -> tuple[list[Evaluation], set[Side]]:
    """Points that lie on sides of switches, and the sides that none of them lies on."""
    found: list[Evaluation] = []
    missing = set(sides)
    for scale in islice(cycle((*EXTREMES, ANY)), TRIES):
        if not missing:
            break
        point = points.fresh(random, scale)
        reached = _sides(point, missing)
        if reached and _is_plain(point(right)):
            found.append(point)
            missing -= reached
    return found, missing


def _both_sides(switches: Iterable[Expression]) -> set[Side]:
    return {(switch, above) for switch in switches for above in (True, False)}


def extreme(points: ProbePoints, right: Expression, random: np.random.Generator) -> list[Evaluation]:
    """Points at which a term with a tiny factor is no longer small."""
    drawn = (points.fresh(random, scale) for scale in (*EXTREMES, *(ANY,) * MORE))
    return [point for point in drawn if _is_plain(point(right))]


def scaled_alone(points: ProbePoints, right: Expression, random: np.random.Generator) -> list[Evaluation]:
    """Points at which one array is huge or tiny, with either sign, beside others of the usual size.

    Where all arrays are, a loss may be flat: then the right line is 0, and so is any multiple of it.
    """
    found: list[Evaluation] = []
    for label, scale, sign in product(points.free_labels[:ARRAYS], (HUGE, TINY), (1, -1)):
        drawn = (points.scaled(random, label, sign * 10 ** random.uniform(*scale)) for _ in range(AGAIN))
        found += islice((point for point in drawn if _is_plain(point(right))), 1)
    return found


def crossing(
    points: ProbePoints, offset: Expression, have: Sequence[Evaluation], right: Expression, random: np.random.Generator
) -> Evaluation | None:
    """A point at which a formula's sum with a written number is 0 in one entry; None if none is found."""
    ends: dict[bool, Evaluation] = {}
    drawn = (points.fresh(random, scale) for scale in islice(cycle((*EXTREMES, USUAL)), TRIES))
    tried = 0
    for point in chain(have, drawn):
        value = point.scratch()(offset)
        if not np.isfinite(value).all():
            continue
        ends[bool(value.flat[0] > 0)] = point
        if len(ends) == 2:
            found = _zero_between(points, offset, ends)
            if _is_plain(found(right)):
                return found
            tried += 1
        if tried == CROSSINGS:
            break
    return None


def _zero_between(points: ProbePoints, offset: Expression, ends: Mapping[bool, Evaluation]) -> Evaluation:
    """The point between two at which the first entry of a sum is 0; the sum is above 0 at one of them only."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = points.between(ends[False], ends[True], middle).scratch()(offset).flat[0] > 0
        low, high = (low, middle) if above else (middle, high)
    return points.between(ends[False], ends[True], high)


def _sides(point: Evaluation, sides: Iterable[Side]) -> set[Side]:
    """Those of the sides on which the point has an entry."""
    aside = point.scratch()
    return {(s, above) for s, above in sides if bool(((aside(s) > 0) if above else (aside(s) < 0)).any())}


def _is_plain(right: Array) -> bool:
    """Whether right values are finite, and more than rounding."""
    return bool(np.isfinite(right).all() and np.abs(right).max(initial=0.0) > FAINT)
