r"""Sums over samples and classes: z_i is row i of Z, a column; \sum_i a_i b_i^\top is A^\top B.

Inside a sum, an indexed array is a variable of its own. When the sum closes, the summand is lifted over the axis that
the index runs along, and summed over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chainruler.engine import (
    Dim,
    Expression,
    ExpressionError,
    broadcast_to,
    outer,
    reshape,
    show_shape,
    size,
    sum_of,
    topological,
    variable,
    variables,
)
from chainruler.engine.expression import build


@dataclass(eq=False)
class Index:
    """A letter that a sum runs over, and how far; not known until it stands at an array, unless the sum says it."""

    letter: str
    dim: Dim | None


@dataclass(frozen=True)
class Element:
    """An array with some of its axes fixed by indices."""

    source: Expression
    axes: tuple[tuple[int, Index], ...]


@dataclass
class Scope:
    """The sums that are open, and the indexed arrays in them."""

    open: list[Index] = field(default_factory=list)
    elements: dict[Expression, Element] = field(default_factory=dict)

    def find(self, letter: str) -> Index | None:
        """The innermost sum over this letter."""
        return next((index for index in reversed(self.open) if index.letter == letter), None)

    def element(self, source: Expression, keys: Sequence[Index | None], shown: str) -> Expression:
        """The array at these indices, one for each of its first axes; None leaves an axis whole."""
        if len(keys) > source.ndim:
            raise ExpressionError(f"There are more indices than axes: the shape is {show_shape(source.shape)}.")
        axes = []
        for axis, index in enumerate(keys):
            if index is not None:
                index.dim = source.shape[axis] if index.dim is None else index.dim
                if index.dim != source.shape[axis]:
                    shape = f"the shape is {show_shape(source.shape)}"
                    raise ExpressionError(
                        f"{index.letter} runs to {index.dim}, but this axis to {source.shape[axis]}: {shape}."
                    )
                axes.append((axis, index))
        return self._variable(Element(source, tuple(axes)), shown)

    def _variable(self, element: Element, shown: str) -> Expression:
        """The variable that stands for an indexed array; the array itself if no index is left."""
        if not element.axes:
            return element.source
        known = next((v for v, e in self.elements.items() if e == element), None)
        if known is None:
            fixed = {axis for axis, _ in element.axes}
            shape = [dim for axis, dim in enumerate(element.source.shape) if axis not in fixed]
            label = f"{shown}[{','.join(index.letter for _, index in element.axes)}]"
            kind = element.source.kind
            known = variable(f"{label}#{len(self.elements)}", shape, "real" if kind == "gate" else kind)
            self.elements[known] = element
        return known

    def rows(self, classes: Expression, rows: Mapping[Expression, Expression], shown: str) -> Expression | None:
        """The one-hot rows of class numbers, or of those at an index; None if they have none."""
        element = self.elements.get(classes)
        if element is None:
            return rows.get(classes)
        whole = rows.get(element.source)
        if whole is None:
            return None
        first = 0 if whole.shape[: element.source.ndim] == element.source.shape else 1
        return self._variable(Element(whole, tuple((axis + first, index) for axis, index in element.axes)), shown)

    def spread(self, indices: Sequence[Index], body: Expression) -> Expression:
        """A piece of a summand with an axis in front for each index that it depends on."""
        for index in reversed(indices):
            raised = {v: self._raised(v, index) for v in variables([body]) if self.depends(v, index)}
            if raised and index.dim is not None:
                body = _Summing(raised, index.dim).lifted(body)
        return body

    def closed(self, indices: Sequence[Index], body: Expression) -> Expression:
        """The sum of the summand over the indices, the last of which is the innermost."""
        whole = self.elements.get(body)
        if whole is not None and {index for _, index in whole.axes} == set(indices):
            return sum_of(whole.source, [axis for axis, _ in whole.axes])
        for index in reversed(indices):
            raised = {v: self._raised(v, index) for v in variables([body]) if self.depends(v, index)}
            if not raised or index.dim is None:
                letter = index.letter
                raise ExpressionError(
                    f"Nothing in this sum depends on {letter}: index its arrays, or leave the sum out."
                )
            body = _Summing(raised, index.dim).sum(body)
        return body

    def depends(self, node: Expression, index: Index) -> bool:
        """Whether an expression is another one for another value of an index."""
        element = self.elements.get(node)
        if element is not None:
            return any(i is index for _, i in element.axes) or self.depends(element.source, index)
        return any(v is not node and self.depends(v, index) for v in variables([node]))

    def _raised(self, node: Expression, index: Index) -> Expression:
        """The variable with the index's axis in front again."""
        element = self.elements[node]
        shown = node.primitive.label.partition("[")[0]  # type: ignore[attr-defined]
        inner = {v: self._raised(v, index) for v in variables([element.source]) if self.depends(v, index)}
        own = [axis for axis, i in element.axes if i is index]
        if inner and not own:
            assert index.dim is not None  # noqa: S101 (something was indexed by it; told to the type checker)
            lifted = _Summing(inner, index.dim).lifted(element.source)
            return self._variable(Element(lifted, tuple((axis + 1, i) for axis, i in element.axes)), shown)
        if inner or len(own) > 1:
            raise ExpressionError(f"{index.letter} stands twice at the same array: use another letter inside.")
        rest = tuple((axis, i) for axis, i in element.axes if i is not index)
        place = own[0] - sum(axis < own[0] for axis, _ in rest)
        result = self._variable(Element(element.source, rest), shown)
        if place == 0:
            return result
        if place == 1 and result.ndim == 2:
            return result.T
        raise ExpressionError(f"The index {index.letter} stands too far in: write this sum with an axis.")


class _Summing:
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
        if node.primitive.name == "add":
            return build("add", *(self.sum(broadcast_to(arg, node.shape)) for arg in node.args))
        if node.primitive.name == "multiply":
            return self._product(node)
        if node.primitive.name == "matmul":
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
        if array.primitive.name == "outer":
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
                done[node] = self._lift(node, args) if raised else node
        result = done[root]
        return result if result.shape == (self.dim, *root.shape) else broadcast_to(result, (self.dim, *root.shape))

    def _lift(self, node: Expression, args: Sequence[Expression]) -> Expression:
        """A matrix times a column is, for all columns as rows, a product with the transposed matrix."""
        if node.primitive.name == "matmul":
            (left, right), (a, b) = node.args, args
            if a is left and left.ndim == 2 and right.ndim == 1:
                return b @ a.T
            if b is right and right.ndim == 2 and left.ndim == 1:
                return a @ b
            if left.ndim == right.ndim == 1:
                return sum_of(a * b, -1)
        return node.primitive.lift(node, args, (self.dim,))
