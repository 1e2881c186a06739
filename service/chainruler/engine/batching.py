"""Leading axes: an expression lifted over some, and a sum over samples taken apart into its samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chainruler.engine.expression import Expression, Variable
from chainruler.engine.graph import topological
from chainruler.engine.primitives.arithmetic import Add, Multiply
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.primitives.indexing import OneHot, Scatter
from chainruler.engine.primitives.products import Matmul
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.primitives.shaping import Linear, Reshape, Transpose
from chainruler.engine.shapes import NotSeparable, Shape


def lift(roots: Sequence[Expression], lifted: Mapping[Expression, Expression], leading: Shape) -> list[Expression]:
    """The roots over nodes that have got the axes `leading` in front: many evaluations as one, without a loop."""
    done = dict(lifted)
    for node in topological(roots, stop=done.__contains__):
        if node not in done:
            args = [done[arg] for arg in node.args]
            raised = any(new.ndim > old.ndim for new, old in zip(args, node.args, strict=True))
            done[node] = node.primitive.lift(node, args, leading) if raised else node
    return [done[root] for root in roots]


def per_sample(expression: Expression, dim: str = "N") -> Expression:
    """The contribution of each sample to a sum over samples: `dim` in front, and summing over it gives the expression.

    Rows, the first axis of size `dim`, are the samples. NotSeparable is raised where one sample's part depends on
    another sample.
    """
    apart = _Apart(dim)
    for node in topological([expression]):
        apart.take(node)
    if expression not in apart.summed:
        raise NotSeparable("This is no sum over samples, so it has no part for each sample.")
    return apart.summed[expression]


State = Literal["fixed", "rows", "columns", "summed"]


@dataclass
class _Apart:
    """How each node depends on the samples, and the parts of those that are summed over them."""

    dim: str
    state: dict[Expression, State] = field(default_factory=dict)
    summed: dict[Expression, Expression] = field(default_factory=dict)

    def take(self, node: Expression) -> None:
        """Work out one node whose arguments are known."""
        if isinstance(node.primitive, Variable):
            self.state[node] = (
                "rows" if self.dim in node.shape[:1] else "columns" if self.dim in node.shape[-1:] else "fixed"
            )
            return
        states = [self.state[arg] for arg in node.args]
        if all(state == "fixed" for state in states):
            self.state[node] = "fixed"
        elif "summed" in states:
            self._through(node, states)
        else:
            part = self._opened(node, states)
            self.state[node] = self._kept(node) if part is None else "summed"
            if part is not None:
                self.summed[node] = part

    def _through(self, node: Expression, states: Sequence[State]) -> None:
        """What is linear in one sum stays a sum."""
        rest = [state for state in states if state != "summed"]
        linear = isinstance(node.primitive, Linear | Multiply) and len(rest) == len(states) - 1
        if not (linear or isinstance(node.primitive, Add)) or any(state != "fixed" for state in rest):
            raise self._mixed(node)
        if isinstance(node.primitive, Add) and rest:
            raise NotSeparable("A term that belongs to no sample is added, so the sum has no part for each sample.")
        args = [self.summed.get(arg, arg) for arg in node.args]
        self.state[node], self.summed[node] = "summed", node.primitive.lift(node, args, (self.dim,))

    def _opened(self, node: Expression, states: Sequence[State]) -> Expression | None:
        """The parts of a node that sums over the samples; None if it does not."""
        primitive, first = node.primitive, node.args[0]
        if isinstance(primitive, Sum) and states[0] == "rows" and -first.ndim in primitive.axes:
            part = Sum(tuple(axis for axis in primitive.axes if axis != -first.ndim), primitive.keepdims)(first)
            return Reshape((self.dim, *node.shape))(part)
        if isinstance(primitive, Matmul) and first.shape[-1] == self.dim:
            return self._product(node, states)
        if isinstance(primitive, Scatter) and states == ["rows", "rows"] and primitive.axis == -node.ndim:
            hot = OneHot(primitive.height)(node.args[1])
            rows = Reshape((*hot.shape[:-1], _width(first, hot.ndim - 1)))(first)
            flat = (
                Matmul()(hot.T, rows)
                if hot.ndim > 2
                else Reshape((*hot.shape, 1))(hot) * Reshape((self.dim, 1, *first.shape[1:]))(first)
            )
            return Reshape((self.dim, *node.shape))(flat)
        return None

    def _product(self, node: Expression, states: Sequence[State]) -> Expression:
        """The parts of a matrix product that contracts the samples."""
        left, right = node.args
        if (
            left.ndim > 2
            or right.ndim > 2
            or states[1] != "rows"
            or states[0] != ("columns" if left.ndim == 2 else "rows")
        ):
            raise self._mixed(node)
        a = left.T if left.ndim == 2 else left
        return Reshape((*a.shape, *(1,) * (right.ndim - 1)))(a) * Reshape(
            (self.dim, *(1,) * (a.ndim - 1), *right.shape[1:])
        )(right)

    def _kept(self, node: Expression) -> State:
        """How a node that does not sum over the samples still has them."""
        primitive, first = node.primitive, node.args[0]
        states = {self.state[arg] for arg in node.args}
        along = getattr(primitive, "axes", (getattr(primitive, "axis", None),))
        if isinstance(primitive, Transpose) and node.ndim == 2:
            return "columns" if "rows" in states else "rows"
        place = 0 if "rows" in states else -1
        aligned = not isinstance(primitive, Elementwise) or all(
            self.state[arg] == "fixed" or arg.ndim == node.ndim or place == -1 for arg in node.args
        )
        mixes = -first.ndim in along and place == 0
        if (
            {"rows", "columns"} <= states
            or node.shape[place : place + 1 or None] != (self.dim,)
            or mixes
            or not aligned
        ):
            raise self._mixed(node)
        return "rows" if place == 0 else "columns"

    @staticmethod
    def _mixed(node: Expression) -> NotSeparable:
        return NotSeparable(f"{node.primitive.name} mixes the samples, so its value has no part for each sample.")


def _width(slices: Expression, index_axes: int) -> int:
    """How many numbers a slice has."""
    total = 1
    for dim in slices.shape[index_axes:]:
        total *= dim if isinstance(dim, int) else 1
    return total
