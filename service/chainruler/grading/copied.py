"""Arrays that the problem gives, submitted for a gradient: they cost no work, and explain nothing.

Everything that a problem holds, and all that its forward pass comes to, is at hand without a derivative. Submitted for
a gradient, times a number or taken from 1, such an array often equals some step with two mistakes in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainruler.engine import Evaluation, Expression
from chainruler.engine.primitives.elementwise import Sigmoid
from chainruler.engine.primitives.reductions import Softmax
from chainruler.grading.comparing import Array, Tolerance, agrees
from chainruler.grading.lines import Line

ENOUGH = 3
"""With fewer entries, nearly any array is a multiple of another one; with no more, nearly any is one plus a number."""
LINEAR = Tolerance(1e-9)
OF_LOSS = (Softmax, Sigmoid)


def is_copied(array: Array, line: Line, values: Evaluation, tolerance: Tolerance) -> bool:
    """Whether an array for a gradient is a given one times a number and plus a number, and the right one is not.

    Probabilities that only the loss computes count with either sign and taken from 1, but with no other number: divided
    by N they are a step without its target.
    """
    if not line.is_gradient or not array.any():
        return False
    aside, right = values.scratch(), values(line.symbol)
    arrays = [(aside(given), True) for given in given_for(line)]
    arrays += [
        (aside(p), False) for p in line.nodes if isinstance(p.primitive, OF_LOSS) and p.shape == line.right.shape
    ]
    fits = ((given, free, fit) for given, free in arrays for fit in _made_of(given, array, free=free))
    return any(agrees(array, fit, tolerance) and not _is_made_of(given, right, free=free) for given, free, fit in fits)


def is_named(expression: Expression, line: Line, values: Evaluation) -> bool:
    """Whether a formula for a gradient is a given array's name and no more."""
    known = line.is_gradient and any(expression is given for given in given_for(line))
    return known and not _is_made_of(values.scratch()(expression), values(line.symbol), free=True)


def given_for(line: Line) -> Iterator[Expression]:
    """The arrays in the shape of a line that the problem holds, or that its forward pass comes to."""
    context = line.context
    for given in (*context.symbols.values(), *context.rows.values()):
        if given.shape == line.right.shape and given not in context.gradients:
            yield given


def _made_of(given: Array, array: Array, *, free: bool) -> Iterator[Array]:
    """A given array with either sign, taken from 1, and its multiple plus a number that is nearest to another array."""
    yield from (given, -given, 1 - given, given - 1)
    if not free or array.size < ENOUGH or agrees(array, np.full_like(array, array.mean()), LINEAR):
        return
    through_zero = [(given, 0.0), (given - 1, 0.0)]
    lines = through_zero if array.size == ENOUGH else [(given - given.mean(), float(array.mean()))]
    for direction, level in lines:
        square = float(np.vdot(direction, direction))
        if square:
            yield level + float(np.vdot(direction, array)) / square * direction


def _is_made_of(given: Array, right: Array, *, free: bool) -> bool:
    """Whether the right array is made of a given one, so that mistakes in it are, too."""
    return any(agrees(right, fit, LINEAR) for fit in _made_of(given, right, free=free))
