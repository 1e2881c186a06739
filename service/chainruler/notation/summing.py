"""The sum of an expression over an axis that some of its variables have got, as a matrix product where it is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chainruler.engine import Dim, Expression, broadcast_to, outer, reshape, size, sum_of, topological
from chainruler.engine.expression import build
from chainruler.engine.primitives.arithmetic import Add, Multiply
from chainruler.engine.primitives.products import Matmul, Outer
from chainruler.engine.primitives.reductions import Sum


class Summing:
    """The sum over a new leading axis of an expression some of whose variables have got it."""

    def __init__(self, raised: Mapping[Expression, Expression], dim: Dim) -> None:
        self.raised, self.dim = dict(raised), dim
        self.depending = set(raised)

    def _mark(self, root: Expression) -> None:
        for node in topological([root]):
            if not self.depending.isdisjoint(node.args):
                self.depending.add(node)

    def sum(self, node: Expression) -> Expression:
        """The sum, as a matrix product where it is one; summands that are rewritten on the way are marked anew."""
        self._mark(node)
        if node not in self.depending:
            return size([self.dim]) * node
        if isinstance(node.primitive, Add):
            return build("add", *(self.sum(broadcast_to(arg, node.shape)) for arg in node.args))
        if isinstance(node.primitive, Multiply):
            return self._product(node)
        if isinstance(node.primitive, Matmul):
            left, right = node.args
            if left not in self.depending and right.ndim == 1:
                return left @ self.sum(right)
            if right not in self.depending and left.ndim == 1:
                return self.sum(left) @ right
        return self._contracted([], node)

    def _product(self, node: Expression) -> Expression:
        """Factors without the index stand before the sum."""
        fixed = [arg for arg in node.args if arg not in self.depending and not arg.shape]
        rest = [arg for arg in node.args if arg not in fixed]
        if fixed:
            return build("multiply", *fixed, self.sum(build("multiply", *rest)))
        arrays = [arg for arg in rest if arg.shape]
        if len(arrays) == 1 and arrays[0].shape == node.shape:
            return self._contracted([arg for arg in rest if not arg.shape], arrays[0])
        return self._contracted([], node)

    def _contracted(self, scalars: Sequence[Expression], array: Expression) -> Expression:
        """The sum of scalars times an array, all of which may depend on the index."""
        self._mark(array)
        weights = self.lifted(build("multiply", *scalars)) if scalars else None
        if isinstance(array.primitive, Outer):
            a, b = (self.lifted(arg) if arg in self.depending else arg for arg in array.args)
            if a.ndim == b.ndim == 2:
                return (a if weights is None else reshape(weights, (self.dim, 1)) * a).T @ b
            if weights is None:
                return outer(*(sum_of(x, 0) if x.ndim == 2 else x for x in (a, b)))
        values = self.lifted(array) if array in self.depending else None
        if weights is not None and (values is None or values.ndim == 1):
            return sum_of(weights) * array if values is None else sum_of(weights * values)
        assert values is not None  # noqa: S101 (one of the two depends on the index)
        if weights is not None and values.ndim == 2:
            return weights @ values
        if weights is not None:
            values = reshape(weights, (self.dim, *(1,) * array.ndim)) * values
        return sum_of(values, 0)

    def lifted(self, root: Expression) -> Expression:
        """The expression with the axis in front."""
        done = dict(self.raised)
        for node in topological([root], stop=done.__contains__):
            if node not in done:
                args = [done[arg] for arg in node.args]
                raised = any(new.ndim > old.ndim for new, old in zip(args, node.args, strict=True))
                dot = self._lifted_dot(node, done) if raised else None
                done[node] = dot if dot is not None else self._lift(node, args) if raised else node
        result = done[root]
        return result if result.shape == (self.dim, *root.shape) else broadcast_to(result, (self.dim, *root.shape))

    def _lifted_dot(self, node: Expression, done: Mapping[Expression, Expression]) -> Expression | None:
        """The sum of a product of vectors of which some got the axis, as a matrix times the others; None elsewhere."""
        if not isinstance(node.primitive, Sum) or node.shape or node.args[0].ndim != 1:
            return None
        factors = node.args[0].args if isinstance(node.args[0].primitive, Multiply) else ()
        got = [done[factor] for factor in factors if done[factor].ndim > factor.ndim == 1]
        rest = [factor for factor in factors if done[factor] is factor and factor.shape == node.args[0].shape]
        if not got or not rest or len(got) + len(rest) < len(factors):
            return None
        return build("multiply", *got) @ build("multiply", *rest)

    def _lift(self, node: Expression, args: Sequence[Expression]) -> Expression:
        """A matrix times a column is, for all columns as rows, a product with the transposed matrix."""
        if isinstance(node.primitive, Matmul):
            (left, right), (a, b) = node.args, args
            if a is left and left.ndim == 2 and right.ndim == 1:
                return b @ a.T
            if b is right and right.ndim == 2 and left.ndim == 1:
                return a @ b
            if left.ndim == right.ndim == 1:
                return sum_of(a * b, -1)
        return node.primitive.lift(node, args, (self.dim,))
