"""Entries and rows that class numbers pick, as NumPy and PyTorch pick and change them."""

from __future__ import annotations

from chainruler import engine
from chainruler.engine import Expression, ExpressionError, as_expression, broadcast_to, onehot, reshape
from chainruler.engine.expression import Constant, Size
from chainruler.engine.primitives.arithmetic import Add, Multiply
from chainruler.engine.primitives.gates import Where
from chainruler.engine.primitives.indexing import Scatter
from chainruler.engine.primitives.joining import Concatenate, Slice
from chainruler.engine.primitives.permuting import Permute
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.primitives.shaping import Broadcast, Identity, Reshape, Transpose

MOST_COUNTED = 64
NOT_LAST = "One entry of each row is picked along the last axis, by class numbers."


def _chosen(x: Expression, axis: int, index: Expression) -> tuple[Expression, Expression]:
    """The index without its last axis, and the one-hot rows that it picks."""
    width = x.shape[-1] if x.ndim else None
    if axis not in {-1, x.ndim - 1} or not isinstance(width, int) or index.kind != "index":
        raise ExpressionError(NOT_LAST)
    if index.shape != (*x.shape[:-1], 1):
        raise ExpressionError(f"{NOT_LAST[:-1]}: the numbers have the shape {engine.show_shape(index.shape)}.")
    flat = reshape(index, index.shape[:-1])
    return flat, onehot(flat, width)


def entries_at(x: Expression, axis: int, index: Expression) -> Expression:
    """PyTorch's gather of one entry of each row, as a column."""
    flat, _ = _chosen(x, axis, index)
    return reshape(engine.select(x, flat), index.shape)


def set_at(x: Expression, axis: int, index: Expression, value: Expression) -> Expression:
    """PyTorch's scatter: one entry of each row is another."""
    _, rows = _chosen(x, axis, index)
    return engine.where(rows, broadcast_to(_column(value, index), x.shape), broadcast_to(x, x.shape))


def added_at(x: Expression, axis: int, index: Expression, value: Expression) -> Expression:
    """PyTorch's scatter_add: something is added to one entry of each row."""
    _, rows = _chosen(x, axis, index)
    return x + rows * _column(value, index)


def _column(value: Expression, index: Expression) -> Expression:
    if value.shape not in ((), index.shape):
        raise ExpressionError(f"What is put there has the shape {engine.show_shape(value.shape)}: write a column.")
    return value


def rows_added(x: Expression, axis: int, index: Expression, value: Expression) -> Expression:
    """PyTorch's index_add: rows are added at their indices, each as often as it is named."""
    height = x.shape[0] if x.ndim else None
    if axis != 0 or not isinstance(height, int) or index.kind != "index" or index.ndim != 1:
        raise ExpressionError("Rows are added at class numbers along the first axis.")
    return x + Scatter(-x.ndim, height, 1)(broadcast_to(value, (*index.shape, *x.shape[1:])), index)


def bincount(x: Expression, minlength: int, weights: Expression | None = None) -> Expression:
    """How often each class comes, or the sum of the weights of its samples; minlength is the number of classes."""
    if x.kind != "index" or x.ndim != 1:
        raise ExpressionError("bincount counts class numbers, one for each sample.")
    rows = onehot(x, minlength)
    return engine.sum_of(rows, 0) if weights is None else weights @ rows


def as_whole(x: Expression) -> Expression:
    """X itself, where it is whole; what would be cut off is not read."""
    if not _is_whole(x):
        raise ExpressionError("Whole numbers are made of gates and class numbers only: of others, a part is cut off.")
    return x


def _is_whole(x: Expression) -> bool:
    kinds = Add | Multiply | Sum | Reshape | Transpose | Broadcast | Permute | Slice | Concatenate | Where
    if x.kind != "real" or isinstance(x.primitive, Size | Identity):
        return True
    if isinstance(x.primitive, Constant):
        return float(x.primitive.value).is_integer()
    return isinstance(x.primitive, kinds) and all(map(_is_whole, x.args))


def is_nonzero(x: Expression) -> Expression:
    """1 where x is not 0, else 0."""
    return x if x.kind == "gate" else 1 - engine.equal(x, 0)


def like_numbers(x: Expression, like: Expression) -> Expression:
    """X in the type of another array, which is one of real numbers."""
    return x if like.kind == "real" else as_whole(x)


def arange(stop: int) -> Expression:
    """0, 1, 2, … as a vector; of a length that is known."""
    if not 0 < stop <= MOST_COUNTED:
        raise ExpressionError(f"arange is read by itself up to {MOST_COUNTED}.")
    return engine.concatenate([reshape(as_expression(number), (1,)) for number in range(stop)], 0)
