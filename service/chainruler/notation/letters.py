r"""Letters that name axes: z_i is row i of Z, W_{ij} an entry of W; a sum binds its letter, a left side leaves it free.

An indexed array is a variable of its own, so a value has the axes of its letters besides those of a column, row or
matrix. Where a letter's scope ends, the value is lifted over the axis that the letter runs along; a sum adds it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chainruler.engine import (
    Dim,
    Expression,
    ExpressionError,
    Shape,
    identity,
    reshape,
    show_shape,
    size,
    sum_of,
    variable,
    variables,
)
from chainruler.engine.primitives.permuting import permuted
from chainruler.notation.summing import Summing


@dataclass(eq=False)
class Index:
    """A letter that a sum runs over, and how far; not known until it stands at an array, unless the sum says it."""

    letter: str
    dim: Dim | None = None
    bound: str = ""
    """The name above the sum that says how far it runs, where it is no size of the problem."""
    of_samples: bool = False
    """Whether it stands above a name in parentheses, as the number of a sample does."""

    @property
    def count(self) -> Expression:
        """How many places it runs over; 1 where that is not known."""
        return size([] if self.dim is None else [self.dim])

    def axis_in(self, shape: Shape) -> int:
        """The axis of the samples, if it is known to count them; else the first."""
        counted = self.dim if isinstance(self.dim, str) else None
        if self.of_samples and counted is None:
            counted = next((dim for dim in shape if isinstance(dim, str)), None)
        return shape.index(counted) if counted in shape else 0


@dataclass(frozen=True)
class IndexedArray:
    """An array with some of its axes fixed by indices."""

    source: Expression
    axes: tuple[tuple[int, Index], ...]


@dataclass
class Scope:
    """The sums that are open, and the indexed arrays in them."""

    open: list[Index] = field(default_factory=list)
    elements: dict[Expression, IndexedArray] = field(default_factory=dict)

    def find(self, letter: str) -> Index | None:
        """The innermost sum over this letter."""
        return next((index for index in reversed(self.open) if index.letter == letter), None)

    def element(self, source: Expression, keys: Sequence[Index | None], shown: str) -> Expression:
        """The array at these indices, one for each of its first axes; None leaves an axis whole."""
        if len(keys) > source.ndim:
            raise ExpressionError(f"There are more indices than axes: the shape is {show_shape(source.shape)}.")
        twice = next((k for k in keys if k is not None and list(keys).count(k) > 1), None)
        if twice is not None:
            first, second = [axis for axis, key in enumerate(keys) if key is twice][:2]
            rest = [key for axis, key in enumerate(keys) if axis not in (first, second)]
            return self.element(diagonal(source, first, second), [twice, *rest], shown)
        axes = []
        for axis, index in enumerate(_in_order(keys, source.shape)):
            if index is not None:
                index.dim = source.shape[axis] if index.dim is None else index.dim
                if index.dim != source.shape[axis]:
                    shape = f"the shape is {show_shape(source.shape)}"
                    raise ExpressionError(
                        f"{index.letter} runs to {index.dim}, but this axis to {source.shape[axis]}: {shape}."
                    )
                axes.append((axis, index))
        return self._variable(IndexedArray(source, tuple(axes)), shown)

    def _variable(self, element: IndexedArray, shown: str) -> Expression:
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

    def is_element_of(self, node: Expression, arrays: Iterable[Expression]) -> bool:
        """Whether it is one of these arrays at an index."""
        element = self.elements.get(node)
        return element is not None and element.source in arrays

    def is_of_one_sample(self, node: Expression) -> bool:
        """Whether it is an array at the number of a sample."""
        element = self.elements.get(node)
        return element is not None and any(isinstance(element.source.shape[axis], str) for axis, _ in element.axes)

    def rows(self, classes: Expression, rows: Mapping[Expression, Expression], shown: str) -> Expression | None:
        """The one-hot rows of class numbers, or of those at an index; None if they have none."""
        element = self.elements.get(classes)
        if element is None:
            return rows.get(classes)
        whole = rows.get(element.source)
        if whole is None:
            return None
        first = 0 if whole.shape[: element.source.ndim] == element.source.shape else 1
        return self._variable(IndexedArray(whole, tuple((axis + first, index) for axis, index in element.axes)), shown)

    def freed(self, indices: Sequence[Index], body: Expression) -> Expression:
        """A value with an axis in front for each index of a left side, in this order."""
        for index in reversed(indices):
            if index.dim is None:
                raise ExpressionError(f"Nothing here depends on {index.letter}, so nothing says how far it runs.")
            raised = {v: self._raised(v, index) for v in variables([body]) if self.depends(v, index)}
            body = Summing(raised, index.dim).lifted(body)
        return body

    def spread(self, indices: Sequence[Index], body: Expression) -> Expression:
        """A piece of a summand with an axis in front for each index that it depends on."""
        for index in reversed(indices):
            raised = {v: self._raised(v, index) for v in variables([body]) if self.depends(v, index)}
            if raised and index.dim is not None:
                body = Summing(raised, index.dim).lifted(body)
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
            body = Summing(raised, index.dim).sum(body)
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
        if inner:
            assert index.dim is not None  # noqa: S101 (something was indexed by it; told to the type checker)
            lifted = Summing(inner, index.dim).lifted(element.source)
            for axis in own:
                lifted = diagonal(lifted, 0, axis + 1)
            fixed = [(axis + 1 - sum(o < axis for o in own), i) for axis, i in element.axes if axis not in own]
            return self._variable(IndexedArray(lifted, tuple(fixed)), shown)
        rest = tuple((axis, i) for axis, i in element.axes if i is not index)
        place = own[0] - sum(axis < own[0] for axis, _ in rest)
        result = self._variable(IndexedArray(element.source, rest), shown)
        return permuted(result, (place, *(axis for axis in range(result.ndim) if axis != place)))


def _in_order(keys: Sequence[Index | None], shape: Shape) -> Sequence[Index | None]:
    """The letters in the order of the axes: that of the samples comes first wherever their axis is."""
    place = keys[0].axis_in(shape) if keys and keys[0] is not None else 0
    if not place:
        return keys
    rest = [*keys[1:], *[None] * place][: max(place, len(keys) - 1)]
    return [*rest[:place], keys[0], *rest[place:]]


def diagonal(x: Expression, first: int, second: int) -> Expression:
    """The entries at which two axes have the same place, with that axis in front."""
    order = (first, *(axis for axis in range(x.ndim) if axis not in (first, second)), second)
    if x.shape[first] != x.shape[second]:
        raise ExpressionError(f"The same letter stands at two axes of different lengths: {show_shape(x.shape)}.")
    dim = x.shape[first]
    turned = permuted(x, order)
    ones = reshape(identity(dim), (dim, *(1,) * (x.ndim - 2), dim))
    return sum_of(turned * ones, -1)
