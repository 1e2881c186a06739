"""What an index of an array picks, as a place where something new is put: `dh[h <= 0] = 0`, `p[range(N), y] -= 1`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chainruler import engine
from chainruler.engine import Dim, Expression, ExpressionError, broadcast_to, concatenate, part_of, reshape
from chainruler.engine.expression import build as built
from chainruler.engine.primitives.indexing import Scatter
from chainruler.notation.formula import Build, Fragment
from chainruler.notation.index import is_every_row
from chainruler.notation.numpy_tree import whole_number
from chainruler.notation.spellings import spelled

if TYPE_CHECKING:
    from chainruler.notation.statements import StatementReader

How = Callable[[Expression, Expression], Expression]


def changed(reader: StatementReader, target: ast.Subscript, before: Fragment, how: How) -> tuple[list[Fragment], Build]:
    """The parts of an index, and the array after `how` was done where it picks: of (array, new values, index parts)."""
    index = spelled(target.slice, reader.knows)
    keys = index.elts if isinstance(index, ast.Tuple) else [index]
    if all(_is_all(key) for key in keys):
        return [], lambda e: broadcast_to(how(e[0], e[1]), e[0].shape)
    if len(keys) == 2 and is_every_row(keys[0]):
        return [reader.part(keys[1])], lambda e: _at_classes(e, how)
    if all(isinstance(key, ast.Slice) or whole_number(key) is not None for key in keys):
        cuts = [_cut(reader, target, key, before.expression.shape[axis]) for axis, key in enumerate(keys)]
        return [], lambda e: _at_cut(e, cuts, how)
    if len(keys) == 1:
        part = reader.part(keys[0])
        if part.expression.kind == "gate":
            return [part], lambda e: _at_mask(e, how)
        if part.expression.kind == "index" and not part.expression.shape and before.expression.ndim == 1:
            return [part], lambda e: _at_entry(e, how)
        if part.expression.kind == "index":
            return [part], lambda e: _at_rows(reader, target, e, how)
    raise reader.refusal(target, "An array is changed in place at a mask, at [arange(N), y], or at a part of it.")


def _is_all(key: ast.expr) -> bool:
    if isinstance(key, ast.Constant) and key.value is ...:
        return True
    return isinstance(key, ast.Slice) and key.lower is key.upper is key.step is None


def _at_mask(e: Sequence[Expression], how: How) -> Expression:
    """Where a comparison holds, row by row if it has fewer axes."""
    array, new, mask = e
    mask = reshape(mask, (*mask.shape, *(1,) * (array.ndim - mask.ndim)))
    return built("where", broadcast_to(mask, array.shape), broadcast_to(how(array, new), array.shape), array)


def _at_classes(e: Sequence[Expression], how: How) -> Expression:
    """At one entry of each row."""
    array, new, classes = e
    columns = array.shape[-1]
    if array.ndim != 2 or not isinstance(columns, int) or classes.kind != "index":
        raise ExpressionError("One entry of each row is changed only in a matrix, by whole numbers.")
    chosen = engine.onehot(classes, columns)
    new = reshape(new, (*new.shape, 1)) if new.ndim == 1 else new
    return built("where", chosen, broadcast_to(how(array, new), array.shape), array)


def _at_entry(e: Sequence[Expression], how: How) -> Expression:
    """At one entry of a vector."""
    array, new, place = e
    length = array.shape[0]
    if not isinstance(length, int):
        raise ExpressionError("One entry is changed only in a vector of known length.")
    return built("where", engine.onehot(place, length), broadcast_to(how(array, new), array.shape), array)


def _at_rows(reader: StatementReader, target: ast.Subscript, e: Sequence[Expression], how: How) -> Expression:
    """Rows added at their indices, as only np.add.at does where an index comes twice, or taken away."""
    array, new, index = e
    height = array.shape[0]
    if not isinstance(target.ctx, ast.Store) or not isinstance(height, int):
        raise ExpressionError("The rows that are changed must be of an array of known height.")
    if target in reader.adding:
        added = Scatter(-array.ndim, height, index.ndim)(broadcast_to(new, (*index.shape, *array.shape[1:])), index)
        return how(array, added)
    raise ExpressionError("Where an index comes twice, only the last counts here: np.add.at adds them all.")


def _cut(reader: StatementReader, target: ast.Subscript, key: ast.expr, dim: Dim) -> tuple[int, int] | None:
    """From where to where along an axis; None for all of it."""
    if _is_all(key):
        return None
    number = whole_number(key)
    if number is not None and isinstance(dim, int):
        first = number % dim if -dim <= number < dim else dim
        return first, first + 1
    if isinstance(key, ast.Slice) and key.step is None and isinstance(dim, int):
        start = 0 if key.lower is None else whole_number(key.lower)
        stop = dim if key.upper is None else whole_number(key.upper)
        if start is not None and stop is not None:
            return start % dim if start < 0 else start, stop % dim if stop < 0 else min(stop, dim)
    raise reader.refusal(target, "Write where the part begins and ends as whole numbers: X[:, 0:3].")


def _at_cut(e: Sequence[Expression], cuts: Sequence[tuple[int, int] | None], how: How) -> Expression:
    """In a part along one axis, between what stands before and after it."""
    array, new = e
    axes = [(axis, cut) for axis, cut in enumerate(cuts) if cut is not None]
    if len(axes) != 1:
        raise ExpressionError("A part is changed along one axis at a time.")
    axis, (start, stop) = axes[0]
    dim = array.shape[axis]
    inner = part_of(array, start, stop, axis)
    if new.ndim == array.ndim - 1 and stop == start + 1:
        new = reshape(new, (*new.shape[:axis], 1, *new.shape[axis:]))
    middle = broadcast_to(how(inner, new), inner.shape)
    assert isinstance(dim, int)  # noqa: S101 (a cut is made only where it is; told to the type checker)
    outer = [part_of(array, 0, start, axis)] if start else []
    rest = [part_of(array, stop, dim, axis)] if stop < dim else []
    return concatenate([*outer, middle, *rest], axis)
