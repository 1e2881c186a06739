"""What an index of an array picks, as a place where something new is put: `dh[h <= 0] = 0`, `p[range(N), y] -= 1`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainruler import engine
from chainruler.engine import Expression, ExpressionError, as_expression, broadcast_to, reshape
from chainruler.engine.expression import build as built
from chainruler.engine.primitives.indexing import Scatter
from chainruler.notation.formula import Build, Fragment
from chainruler.notation.numpy_tree import whole_number
from chainruler.notation.picked import How, Pick, at_cuts, indices_in, picks_of, placed
from chainruler.notation.spellings import spelled

if TYPE_CHECKING:
    from chainruler.notation.changes import ChangeReader


def changed(reader: ChangeReader, target: ast.Subscript, before: Fragment, how: How) -> tuple[list[Fragment], Build]:
    """The parts of an index, and the array after `how` was done where it picks: of (array, new values, index parts)."""
    index = spelled(target.slice, reader.knows)
    keys = index.elts if isinstance(index, ast.Tuple) else [index]
    if all(_is_all(key) for key in keys):
        return [], lambda e: broadcast_to(how(e[0], e[1]), e[0].shape)
    if len(keys) == 2 and reader.every_row(keys[0]):
        return [reader.part(keys[1])], lambda e: _at_classes(e, how)
    if len(keys) == 1 and not isinstance(keys[0], ast.Slice) and whole_number(keys[0]) is None:
        one = reader.part(keys[0])
        if one.expression.kind == "gate":
            return [one], lambda e: _at_mask(e, how)
        if one.expression.kind == "index" and one.expression.shape:
            return [one], lambda e: _at_rows(reader, target, e, how)
    picks = picks_of(reader, target, keys, before.expression.shape)
    if indices_in(picks):
        return indices_in(picks), lambda e: _at_picks(e, picks, how)
    return [], lambda e: at_cuts(e[0], e[1], picks, how)


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


def _at_picks(e: Sequence[Expression], picks: Sequence[Pick], how: How) -> Expression:
    """At a place with class numbers in it."""
    array, new, *indices = e
    mask = placed(as_expression(1), array.shape, picks, indices)
    return built("where", mask, how(array, placed(new, array.shape, picks, indices)), array)


def _at_rows(reader: ChangeReader, target: ast.Subscript, e: Sequence[Expression], how: How) -> Expression:
    """Rows added at their indices, as only np.add.at does where an index comes twice, or taken away."""
    array, new, index = e
    height = array.shape[0]
    if not isinstance(target.ctx, ast.Store) or not isinstance(height, int):
        raise ExpressionError("The rows that are changed must be of an array of known height.")
    if target in reader.adding:
        added = Scatter(-array.ndim, height, index.ndim)(broadcast_to(new, (*index.shape, *array.shape[1:])), index)
        return how(array, added)
    raise ExpressionError("Where an index comes twice, only the last counts here: np.add.at adds them all.")
