"""A sum over samples taken apart into its samples: per-sample gradients share the batch's one pass backwards.

Each node below the sum is followed: does it hold one row a sample, one column a sample, or nothing of the samples? Only
what is known to keep the samples apart is let through; everything else is refused, because a wrong part would look
like a right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from chainruler.engine.expression import Expression, Variable, size
from chainruler.engine.graph import topological
from chainruler.engine.primitives.arithmetic import Add, Multiply
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.primitives.indexing import Gather, OneHot, Scatter, Select
from chainruler.engine.primitives.joining import Concatenate, Slice
from chainruler.engine.primitives.products import Matmul, Outer
from chainruler.engine.primitives.reductions import LogSumExp, Max, Softmax, Sum
from chainruler.engine.primitives.shaping import Broadcast, Diagonal, Multilinear, Reshape, Transpose
from chainruler.engine.primitives.windows import Unwindow, Window
from chainruler.engine.shapes import NotSeparable
from chainruler.engine.simplify import broadcast


def per_sample(expression: Expression, dim: str = "N") -> Expression:
    """The part of each sample in a sum over samples: `dim` in front, and summing over it gives the expression.

    A term that depends on no sample, such as a penalty's, is shared evenly. NotSeparable is raised where one sample's
    part depends on another sample.
    """
    apart = _Apart(dim)
    for node in topological([expression]):
        apart.state[node] = apart.follow(node)
    if apart.state[expression] in {SampleDependence.ROWS, SampleDependence.COLUMNS}:
        raise NotSeparable("This has the samples along an axis already; a sum over them is needed.")
    return apart.part(expression)


class SampleDependence(Enum):
    """How a node depends on the samples."""

    FIXED = "not at all"
    EVEN = "repeated, the same for every sample"
    ROWS = "its first axis is the samples"
    COLUMNS = "its last of two axes is the samples"
    SUMMED = "a sum over the samples"


@dataclass
class _Apart:
    """The state of every node, and the parts of those that are summed over the samples."""

    dim: str
    state: dict[Expression, SampleDependence] = field(default_factory=dict)
    parts: dict[Expression, Expression] = field(default_factory=dict)

    def part(self, node: Expression) -> Expression:
        """Each sample's part of a sum, or its even share of what depends on no sample."""
        if self.state[node] is SampleDependence.SUMMED:
            return self.parts[node]
        return broadcast(node / size([self.dim]), (self.dim, *node.shape))

    def follow(self, node: Expression) -> SampleDependence:
        """The state of a node whose arguments' states are known."""
        if isinstance(node.primitive, Variable):
            return self._placed(node) if self.dim in node.shape else SampleDependence.FIXED
        states = {self.state[arg] for arg in node.args}
        contracts = isinstance(node.primitive, Matmul) and node.args[0].shape[-1] == self.dim
        if states <= {SampleDependence.FIXED, SampleDependence.EVEN} and not contracts:
            return self._fixed(node)
        if SampleDependence.SUMMED in states:
            return self._after_sum(node, states)
        parts = self._summed_parts(node)
        if parts is not None:
            self.parts[node] = parts
            return SampleDependence.SUMMED
        if not self._keeps_apart(node):
            raise NotSeparable(f"{node.primitive.name} mixes the samples, so its value has no part for each sample.")
        return self._placed(node)

    def _fixed(self, node: Expression) -> SampleDependence:
        """The state of what depends on no sample; refused if it has their axis without being the same along it."""
        if self.dim not in node.shape:
            return SampleDependence.FIXED
        leading = (
            isinstance(node.primitive, Reshape) and self._leading(node.args[0].shape) and self._leading(node.shape)
        )
        if leading or isinstance(node.primitive, Broadcast | Elementwise | Transpose | Matmul):
            return SampleDependence.EVEN
        raise NotSeparable(f"{node.primitive.name} orders the samples, so what it makes has no part for each.")

    def _placed(self, node: Expression) -> SampleDependence:
        """Whether a node with one part a sample holds them as rows or as columns."""
        once = node.shape.count(self.dim) == 1
        if once and node.shape[0] == self.dim:
            return SampleDependence.ROWS
        if once and node.ndim == 2 and node.shape[1] == self.dim:
            return SampleDependence.COLUMNS
        raise NotSeparable(f"{node.primitive.name} has no one axis for the samples, so it cannot be taken apart.")

    def _after_sum(self, node: Expression, states: set[SampleDependence]) -> SampleDependence:
        """What is linear in sums is a sum: of their parts."""
        summed = sum(self.state[arg] is SampleDependence.SUMMED for arg in node.args)
        adds = isinstance(node.primitive, Add | Concatenate)
        linear = isinstance(node.primitive, Multilinear | Multiply | Gather | Scatter) and summed == 1
        if not (adds or linear) or not states <= {
            SampleDependence.SUMMED,
            SampleDependence.FIXED,
            SampleDependence.EVEN,
        }:
            raise NotSeparable(f"{node.primitive.name} is not linear in a sum over samples, so it has no parts.")
        args = [self.part(arg) if adds or self.state[arg] is SampleDependence.SUMMED else arg for arg in node.args]
        self.parts[node] = node.primitive.lift(node, args, (self.dim,))
        return SampleDependence.SUMMED

    def _summed_parts(self, node: Expression) -> Expression | None:
        """The parts of a node that sums over the samples; None if it does not."""
        primitive, first = node.primitive, node.args[0]
        axis = -first.ndim if self.state[first] is SampleDependence.ROWS else -1
        if isinstance(primitive, Sum) and axis in primitive.axes:
            others = tuple(a for a in primitive.axes if a != axis)
            rows = first if axis < -1 or first.ndim == 1 else first.T
            rest = Sum(others if rows is first else tuple(-1 for _ in others), keepdims=True)(rows)
            return Reshape((self.dim, *node.shape))(rest)
        if isinstance(primitive, Matmul) and first.shape[-1] == self.dim:
            return self._product(*node.args)
        if isinstance(primitive, Scatter) and primitive.axis == -node.ndim:
            return self._scattered(node)
        return None

    def _product(self, left: Expression, right: Expression) -> Expression | None:
        """The parts of a matrix product that contracts the samples: an outer product for each."""
        if max(left.ndim, right.ndim) > 2:
            return None
        columns = left.T if left.ndim == 2 else left
        height, width = columns.shape[1:], right.shape[1:]
        a = Reshape((self.dim, *height, *(1,) * len(width)))(columns)
        return a * Reshape((self.dim, *(1,) * len(height), *width))(right)

    def _scattered(self, node: Expression) -> Expression | None:
        """The parts of rows added at their indices: for each sample, a product with its one-hot rows."""
        slices, index = node.args
        height, picks, rest = node.shape[0], index.shape[1:], slices.shape[index.ndim :]
        if (
            self.state[index] is not SampleDependence.ROWS
            or max(len(picks), len(rest)) > 1
            or not isinstance(height, int)
        ):
            return None
        hot = Reshape((self.dim, *(picks or (1,)), height))(OneHot(height)(index))
        rows = Reshape((self.dim, *(picks or (1,)), *(rest or (1,))))(slices)
        return Reshape((self.dim, *node.shape))(hot.T @ rows)

    def _keeps_apart(self, node: Expression) -> bool:
        """Whether each sample's part of a node depends on that sample's parts of the arguments alone."""
        moving = [arg for arg in node.args if self.state[arg] in {SampleDependence.ROWS, SampleDependence.COLUMNS}]
        if isinstance(node.primitive, Elementwise):
            return self._aligned(node, moving)
        if isinstance(node.primitive, Matmul):
            return self._stacked(node)
        if isinstance(node.primitive, OneHot | Outer | Select | Gather | Scatter):
            return self._picked(node)
        return self._unary(node, moving[0])

    def _unary(self, node: Expression, x: Expression) -> bool:
        """Whether a primitive of one operand, or a concatenation, leaves the axis of the samples alone."""
        primitive, along = node.primitive, -x.ndim if self.state[x] is SampleDependence.ROWS else -1
        if isinstance(primitive, Sum | Max):
            return along not in primitive.axes
        if isinstance(primitive, Softmax | LogSumExp | Slice | Concatenate):
            return primitive.axis != along
        if isinstance(primitive, Reshape | Broadcast):
            return self._leading(x.shape) and self._leading(node.shape)
        least = {Transpose: 2, Diagonal: 2, Window: 3, Unwindow: 3}.get(type(primitive))
        return least is not None and x.ndim >= least

    def _aligned(self, node: Expression, moving: Sequence[Expression]) -> bool:
        """Whether the samples of elementwise operands stand along the same axis, counted from the end."""
        fixed = [arg for arg in node.args if self.state[arg] is SampleDependence.FIXED]
        places = {arg.shape.index(self.dim) - arg.ndim for arg in moving}
        return len(places) == 1 and not any(self.dim in arg.shape for arg in fixed)

    def _leading(self, shape: Sequence[object]) -> bool:
        """Whether nothing but axes of one entry stands before the samples, so that reshaping keeps them in order."""
        return shape.count(self.dim) == 1 and all(dim == 1 for dim in shape[: shape.index(self.dim)])

    def _stacked(self, node: Expression) -> bool:
        """Whether a matrix product multiplies sample by sample, or rows or columns by something fixed."""
        left, right = node.args
        states = [self.state[left], self.state[right]]
        if states == [SampleDependence.ROWS, SampleDependence.FIXED]:
            return left.ndim > 1 and self.dim not in right.shape
        if states == [SampleDependence.FIXED, SampleDependence.COLUMNS]:
            return self.dim not in left.shape
        if states == [SampleDependence.FIXED, SampleDependence.ROWS]:
            return right.ndim > 2 and self.dim not in left.shape and left.ndim < 3
        return set(states) == {SampleDependence.ROWS} and left.ndim == right.ndim > 2

    def _picked(self, node: Expression) -> bool:
        """Whether outer products and picking by index work on each sample alone."""
        primitive, states = node.primitive, [self.state[arg] for arg in node.args]
        if isinstance(primitive, Outer):
            return len([s for s in states if s is not SampleDependence.FIXED]) == 1
        if isinstance(primitive, Select):
            return SampleDependence.COLUMNS not in states and SampleDependence.FIXED not in states
        if isinstance(primitive, Gather):
            table = node.args[0]
            if states[0] is SampleDependence.FIXED:
                return primitive.axis == -table.ndim and self.dim not in table.shape
            return states == [SampleDependence.ROWS, SampleDependence.FIXED] and primitive.axis != -table.ndim
        if isinstance(primitive, Scatter):
            return states == [SampleDependence.ROWS, SampleDependence.FIXED] and primitive.axis != -node.ndim
        return isinstance(primitive, OneHot)
