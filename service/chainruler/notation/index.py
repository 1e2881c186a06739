"""The few index expressions that formulas have: x[:, None], X[:, 0:3], Z[arange(N), y] and W[y]."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainruler import engine
from chainruler.engine import Dim, Expression
from chainruler.notation.formula import Build, Fragment
from chainruler.notation.numpy_tree import is_whole, whole_number
from chainruler.notation.picked import Pick, indices_in, picks_of

if TYPE_CHECKING:
    from chainruler.notation.numpy_reader import NumpyReader


def base_of(reader: NumpyReader, node: ast.Subscript, keys: Sequence[object]) -> Fragment:
    """What an index is of; of class numbers the one-hot rows, where it has more places than these have axes."""
    base = reader.part(node.value)
    places = sum(not (isinstance(key, ast.Constant) and key.value is None) for key in keys)
    return reader.quantity(base) if places > base.expression.ndim else base


def indexed(
    reader: NumpyReader, node: ast.Subscript, base: Fragment, keys: Sequence[ast.expr]
) -> tuple[list[Fragment], Build]:
    """The parts that an index is made of, and how it is applied to the base; refuses every other index."""
    keys = _without_dots(keys, base.expression.ndim)
    if keys and all(is_whole(key) or _is_new(key) for key in keys):
        return [], _new_axes(reader, node, base, keys)
    if all(isinstance(key, ast.Slice) or whole_number(key) is not None for key in keys):
        return [], _cut(reader, node, base, keys)
    if len(keys) == 2 and reader.every_row(keys[0]):
        return [reader.part(keys[1])], lambda e: engine.select(e[0], e[1])
    if len(keys) == 2 and is_whole(keys[0]):
        index = reader.part(keys[1])
        if index.expression.kind == "index":
            return [index], lambda e: engine.gather(e[0], e[1], 1)
    if len(keys) == 1 and not _is_new(keys[0]):
        index = reader.part(keys[0])
        if index.expression.kind == "index":
            single = base.expression.ndim == 1 and not index.expression.shape
            return [index], lambda e: engine.select(*e) if single else engine.gather(e[0], e[1])
    picks = picks_of(reader, node, keys, base.expression.shape)
    if all(pick is None or isinstance(pick, Fragment) for pick in picks):
        return indices_in(picks), lambda e: _entries(e, picks)
    raise reader.refusal(node, "Of indices, a formula has only x[:, None], X[:, 0:3], Z[arange(N), y] and W[y].")


def _entries(e: Sequence[Expression], picks: Sequence[Pick]) -> Expression:
    """The entries at class numbers along some axes."""
    result, *indices = e
    for axis in reversed([axis for axis, pick in enumerate(picks) if pick is not None]):
        result = engine.gather(result, indices.pop(), axis)
    return result


def _without_dots(keys: Sequence[ast.expr], ndim: int) -> list[ast.expr]:
    """The keys with a colon for each axis that dots stand for."""
    places = [place for place, key in enumerate(keys) if isinstance(key, ast.Constant) and key.value is ...]
    if len(places) != 1:
        return list(keys)
    place = places[0]
    missing = ndim - sum(not _is_new(key) for key in keys) + 1
    return [*keys[:place], *(ast.Slice() for _ in range(missing)), *keys[place + 1 :]]


def _is_new(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and key.value is None


def _new_axes(reader: NumpyReader, node: ast.Subscript, base: Fragment, keys: Sequence[ast.expr]) -> Build:
    """Axes of 1 where None stands."""
    old = list(base.expression.shape)
    if sum(map(is_whole, keys)) > len(old):
        raise reader.refusal(
            node, f"There are more places than axes: the shape is {engine.show_shape(base.expression.shape)}."
        )
    shape: list[Dim] = [1 if _is_new(key) else old.pop(0) for key in keys]
    return lambda e: engine.reshape(e[0], (*shape, *old))


def _cut(reader: NumpyReader, node: ast.Subscript, base: Fragment, keys: Sequence[ast.expr]) -> Build:
    """A part along each axis that has a start and a stop."""
    if len(keys) > base.expression.ndim:
        raise reader.refusal(
            node, f"There are more places than axes: the shape is {engine.show_shape(base.expression.shape)}."
        )
    cuts = []
    dropped = []
    for axis, key in enumerate(keys):
        number = whole_number(key)
        if number is not None:
            dim = base.expression.shape[axis]
            first = number + dim if number < 0 and isinstance(dim, int) else number
            cuts.append((first, first + 1, axis))
            dropped.append(axis)
        elif isinstance(key, ast.Slice) and not is_whole(key):
            start = 0 if key.lower is None else whole_number(key.lower)
            stop = None if key.upper is None else whole_number(key.upper)
            if start is None or stop is None or key.step is not None:
                raise reader.refusal(node, "Write where the part begins and ends as whole numbers: X[:, 0:3].")
            cuts.append((start, stop, axis))

    def build(e: Sequence[Expression]) -> Expression:
        result = e[0]
        for start, stop, axis in cuts:
            result = engine.part_of(result, start, stop, axis)
        kept = [dim for axis, dim in enumerate(result.shape) if axis not in dropped]
        return engine.reshape(result, kept) if dropped else result

    return build
