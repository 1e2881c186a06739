"""Places in an array that an index picks along each of its axes, and arrays that are 0 everywhere else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from chainruler.engine import (
    Dim,
    Expression,
    ExpressionError,
    Shape,
    broadcast_to,
    concatenate,
    onehot,
    outer,
    part_of,
    reshape,
)
from chainruler.notation.formula import Fragment
from chainruler.notation.numpy_tree import whole_number

if TYPE_CHECKING:
    from chainruler.notation.numpy_reader import NumpyReader

How: TypeAlias = Callable[[Expression, Expression], Expression]

Pick: TypeAlias = "tuple[int, int, bool] | Fragment | None"
"""From where to where along an axis, and whether the axis goes with it; an entry by its class number; all for None."""


def picks_of(reader: NumpyReader, target: ast.expr, keys: Sequence[ast.expr], shape: Shape) -> list[Pick]:
    """What each key of an index picks along its axis; refuses a place that is not read."""
    if len(keys) > len(shape):
        raise reader.refusal(target, "There are more places than axes.")
    return [_pick(reader, target, key, dim) for key, dim in zip(keys, shape, strict=False)]


def _pick(reader: NumpyReader, target: ast.expr, key: ast.expr, dim: Dim) -> Pick:
    if isinstance(key, ast.Slice) and key.lower is key.upper is key.step is None:
        return None
    number = whole_number(key)
    if number is not None and isinstance(dim, int):
        if not -dim <= number < dim:
            raise reader.refusal(target, f"There is no place {number} along an axis of {dim}.")
        return number % dim, number % dim + 1, True
    if isinstance(key, ast.Slice) and key.step is None and isinstance(dim, int):
        start = 0 if key.lower is None else whole_number(key.lower)
        stop = dim if key.upper is None else whole_number(key.upper)
        if start is not None and stop is not None and 0 <= start < stop <= dim:
            return start, stop, False
    if number is None and not isinstance(key, ast.Slice):
        part = reader.part(key)
        if part.expression.kind == "index" and not part.expression.shape and isinstance(dim, int):
            return part
    raise reader.refusal(target, "This place in an array is not read.")


def indices_in(picks: Sequence[Pick]) -> list[Fragment]:
    """The class numbers among the places."""
    return [pick for pick in picks if isinstance(pick, Fragment)]


def placed(value: Expression, shape: Shape, picks: Sequence[Pick], indices: Sequence[Expression]) -> Expression:
    """An array of a shape that has a value where an index picks, and is 0 elsewhere."""
    value, left = fitted(value, _kept(shape, picks)), list(indices)
    for axis, pick in enumerate(picks):
        if isinstance(pick, Fragment):
            value = _in_row(value, axis, shape[axis], left.pop(0))
        elif pick is not None:
            start, stop, dropped = pick
            value = reshape(value, (*value.shape[:axis], 1, *value.shape[axis:])) if dropped else value
            value = _between(value, axis, start, stop, shape[axis])
    return value


def fitted(value: Expression, shape: Shape) -> Expression:
    """A value in the shape of the place where it is put, as NumPy has it: axes of 1 before it are left out."""
    surplus = value.ndim - len(shape)
    if surplus > 0 and all(side == 1 for side in value.shape[:surplus]):
        value = reshape(value, value.shape[surplus:])
    return broadcast_to(value, shape)


def part(array: Expression, start: int, stop: int, axis: int) -> Expression:
    """A part of an array along an axis; of what was put together along it, only the pieces that are in the part."""
    if array.primitive.name != "concatenate" or array.primitive.axis != axis - array.ndim:  # type: ignore[attr-defined]
        return part_of(array, start, stop, axis)
    pieces: list[Expression] = []
    at = 0
    for piece in array.args:
        size = piece.shape[axis]
        assert isinstance(size, int)  # noqa: S101 (only what is of known length is put together; told to the type checker)
        first, last = max(start - at, 0), min(stop - at, size)
        if first < last:
            pieces.append(part(piece, first, last, axis))
        at += size
    return concatenate(pieces, axis) if len(pieces) > 1 else pieces[0]


def at_cuts(array: Expression, new: Expression, picks: Sequence[Pick], how: How, first: int = 0) -> Expression:
    """At a part of it, axis by axis."""
    axis = next((axis for axis in range(first, len(picks)) if picks[axis] is not None), None)
    if axis is None:
        return fitted(how(array, fitted(new, array.shape)), array.shape)
    pick, dim = picks[axis], array.shape[axis]
    assert isinstance(pick, tuple)  # noqa: S101 (class numbers are put elsewhere; told to the type checker)
    assert isinstance(dim, int)  # noqa: S101 (a cut is made only where it is; told to the type checker)
    start, stop, dropped = pick
    inner = part(array, start, stop, axis)
    if dropped:
        inner = reshape(inner, (*inner.shape[:axis], *inner.shape[axis + 1 :]))
        middle = at_cuts(inner, new, [*picks[:axis], *picks[axis + 1 :]], how, axis)
        middle = reshape(middle, (*middle.shape[:axis], 1, *middle.shape[axis:]))
    else:
        middle = at_cuts(inner, new, picks, how, axis + 1)
    before = [part(array, 0, start, axis)] if start else []
    after = [part(array, stop, dim, axis)] if stop < dim else []
    return concatenate([*before, middle, *after], axis)


def kept(changed: Expression, before: Expression) -> Expression:
    """What an array is after a change, in its own shape; a total may begin as a number."""
    return broadcast_to(changed, before.shape) if before.shape else changed


def _kept(shape: Shape, picks: Sequence[Pick]) -> Shape:
    """The shape of what is picked."""
    rest: list[Dim] = list(shape[len(picks) :])
    picked: list[Dim] = []
    for pick, dim in zip(picks, shape, strict=False):
        if pick is None:
            picked.append(dim)
        elif isinstance(pick, tuple) and not pick[2]:
            picked.append(pick[1] - pick[0])
    return (*picked, *rest)


def _in_row(value: Expression, axis: int, dim: Dim, index: Expression) -> Expression:
    """The value at an entry of a new axis."""
    if not isinstance(dim, int):
        raise ExpressionError("One entry is changed only along an axis of known length.")
    chosen = onehot(index, dim)
    if not value.shape:
        return value * chosen
    if value.ndim == 1:
        return outer(value, chosen) if axis else outer(chosen, value)
    column = reshape(chosen, (dim, *[1] * (value.ndim - axis)))
    return reshape(value, (*value.shape[:axis], 1, *value.shape[axis:])) * column


def _between(value: Expression, axis: int, start: int, stop: int, dim: Dim) -> Expression:
    """The value with zeros before and after it along an axis."""
    assert isinstance(dim, int)  # noqa: S101 (a cut is made only where it is; told to the type checker)
    front, back = value.shape[:axis], value.shape[axis + 1 :]
    before, after = ([broadcast_to(0, (*front, size, *back))] if size else [] for size in (start, dim - stop))
    return concatenate([*before, value, *after], axis) if before or after else value
