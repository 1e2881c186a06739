"""How far rounding moves each entry of a line: the variance of every value, carried through the lines in their order.

A gradient of 1e-17 that is the sum of numbers near 1 is 0 and rounding, and its own size is no measure of an error.
Here each entry is measured against the terms it is summed from. Numbers are rounded independently of one another: a sum
is off by a rounding of the sum of its absolute terms, a product by the roundings of its factors, a function by the
change that its operand's rounding makes. A gate whose operand is within rounding of its threshold may be open or shut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Evaluation, Expression, Kind, Primitive, Shape, topological, variable
from chainruler.engine.expression import Variable, intern
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.primitives.gates import Compare, Sign
from chainruler.engine.primitives.indexing import Picking
from chainruler.engine.primitives.joining import Concatenate
from chainruler.engine.primitives.products import Bilinear
from chainruler.engine.primitives.reductions import LogSumExp, Max, Softmax
from chainruler.engine.primitives.shaping import Rearranged, Unary
from chainruler.grading.context import DerivationContext

Array: TypeAlias = NDArray[Any]

UNCERTAIN = 8.0
"""A gate may go either way if its operand is within this many standard deviations of the threshold."""


class Rounding:
    """The standard deviation that computing with a precision gives the entries of each line at a point."""

    def __init__(self, point: Evaluation, context: DerivationContext, eps: float) -> None:
        self._point, self._context, self._unit = point, context, eps / 2
        self._variances: dict[Expression, Array] = {}
        self._waiting = list(context.lines.items())[::-1]

    @property
    def weight(self) -> int:
        """About how many bytes it keeps alive."""
        return sum([array.nbytes for array in list(self._variances.values())])

    def of(self, name: str) -> Array:
        """The standard deviation of each entry of a line."""
        symbol = self._context.symbols[name]
        with np.errstate(all="ignore"):
            while symbol not in self._variances:
                line, right = self._waiting.pop()
                self._variances[self._context.symbols[line]] = self._of_line(right)
        return np.sqrt(self._variances[symbol])

    def _of_line(self, right: Expression) -> Array:
        """The variances of a line's entries; those of what it is made of are not kept."""
        values, found = self._point.scratch(), dict(self._variances)
        for node in topological([right]):
            if node not in found:
                variance = self._of_node(node, values, [found[arg] for arg in node.args])
                finite = np.nan_to_num(variance, nan=0.0, posinf=0.0)
                found[node] = np.broadcast_to(finite, values(node).shape)
        return np.array(found[right])

    def _of_node(self, node: Expression, values: Evaluation, given: Sequence[Array]) -> Array:
        """The variances of a node's entries, by those of its operands."""
        if node.kind == "index" or not node.args:
            is_rounded = node.kind == "real" and isinstance(node.primitive, Variable)
            return (self._unit * values(node)) ** 2 if is_rounded else np.zeros(())
        at = _At(node, values, self._context.network.x, self._unit)
        rule = next(rule for kind, rule in RULES.items() if isinstance(node.primitive, kind))
        return rule(at, [values(arg) for arg in node.args], given)


@dataclass(frozen=True)
class _At:
    """A node where it is evaluated."""

    node: Expression
    values: Evaluation
    sizes: Expression
    """A symbol whose shape has the named axes."""
    unit: float

    @property
    def rounded(self) -> Array:
        """The variance of rounding its value."""
        return np.square(self.unit * self.values(self.node))

    def of(self, *operands: Array) -> Array:
        """What its primitive gives for other operands."""
        repeats = isinstance(self.node.primitive, Elementwise)  # an operand may be given for every entry of the value
        whole = np.shape(self.values(self.node)) if repeats else None
        places = [
            _place(number, arg.kind, self.node.shape if np.shape(operand) == whole else arg.shape)
            for number, (arg, operand) in enumerate(zip(self.node.args, operands, strict=True))
        ]
        given = dict(zip(places, operands, strict=True)) | {self.sizes: self.values(self.sizes)}
        return Evaluation(given)(intern(self.node.primitive, tuple(places)))


def _place(number: int, kind: Kind, shape: Shape) -> Expression:
    """A variable in the place of an operand: of numbers, also where that is a gate."""
    return variable(f"operand{number}", shape, "index" if kind == "index" else "real")


Rule: TypeAlias = Callable[[_At, Sequence[Array], Sequence[Array]], Array]


def _gate(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    """Certain, or open and shut; whole numbers and ties are compared exactly."""
    if isinstance(at.node.primitive, Compare) and at.node.primitive.relation in {"==", "!="}:
        return np.zeros(())
    far = UNCERTAIN * np.sqrt(np.sum(np.broadcast_arrays(*given), axis=0))
    moved = [at.of(args[0] + by, *args[1:]) != at.values(at.node) for by in (far, -far)]
    return np.asarray(moved[0] | moved[1], np.float64)


def _elementwise(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    """As much as the value changes when each operand is off by its standard deviation, and a rounding."""
    value, total = at.values(at.node), at.rounded
    for place, variance in enumerate(given):
        if variance.any():
            off = np.sqrt(variance)
            moved = [at.of(*args[:place], args[place] + by, *args[place + 1 :]) for by in (off, -off)]
            total = total + np.square(np.fmax(*(np.abs(other - value) for other in moved)))
    return total


def _rearranged(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    del args
    return at.of(*given)


def _summed(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    """The variances add up, and the sum is off by a rounding of its absolute terms."""
    return at.of(given[0]) + np.square(at.unit * at.of(np.abs(args[0])))


def _product(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    (left, right), (of_left, of_right) = args, given
    terms = at.of(np.abs(left), np.abs(right))
    return at.of(of_left, right**2) + at.of(left**2, of_right) + np.square(at.unit * terms)


def _picked(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    """The same of what is picked, or added up, by indices."""
    return at.of(given[0], args[1]) + np.square(at.unit * at.of(np.abs(args[0]), args[1]))


def _softmax(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    """A softmax p changes by p (dz − Σ p dz)."""
    del args
    share, axis = at.values(at.node), at.node.primitive.axis  # type: ignore[attr-defined]
    others = np.sum(share**2 * given[0], axis=axis, keepdims=True)
    return np.asarray(share**2 * (given[0] + others + at.unit**2))


def _log_sum_exp(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    """At most that of the least certain term, and a rounding of the sum before its logarithm."""
    axis, keepdims = at.node.primitive.axis, at.node.primitive.keepdims  # type: ignore[attr-defined]
    del args
    return np.asarray(at.rounded + at.unit**2 + np.max(given[0], axis=axis, keepdims=keepdims))


def _exact(at: _At, args: Sequence[Array], given: Sequence[Array]) -> Array:
    del at, args, given
    return np.zeros(())


RULES: dict[type[Primitive], Rule] = {
    Compare: _gate,
    Sign: _gate,
    Elementwise: _elementwise,
    Rearranged: _rearranged,
    Concatenate: _rearranged,
    Max: _rearranged,
    Unary: _summed,
    Bilinear: _product,
    Picking: _picked,
    Softmax: _softmax,
    LogSumExp: _log_sum_exp,
    Primitive: _exact,
}
"""The first that fits a primitive is its rule; those that are not here compute nothing."""
