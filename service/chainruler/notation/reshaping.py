"""Functions that move the entries of an array and compute nothing, as NumPy has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainruler import engine
from chainruler.engine import Expression, ExpressionError, functions
from chainruler.engine.primitives.permuting import permuted
from chainruler.engine.shapes import extent


def _transpose(x: Expression, axes: tuple[int, ...] | None = None) -> Expression:
    return permuted(x, range(x.ndim)[::-1] if axes is None else axes)


def _swapaxes(x: Expression, axis1: int, axis2: int) -> Expression:
    if not all(-x.ndim <= axis < x.ndim for axis in (axis1, axis2)):
        raise ExpressionError(f"There is no such axis: the shape is {engine.show_shape(x.shape)}.")
    order = list(range(x.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return permuted(x, order)


def _reshape(x: Expression, shape: engine.Shape) -> Expression:
    """Another shape, in which one size may be -1: what is left for it."""
    if -1 in shape:
        rest = [dim for dim in shape if dim != -1]
        (names, count), (used, known) = extent(x.shape), extent(tuple(rest))
        left = list(names)
        for name in used:
            if name in left:
                left.remove(name)
        if len(left) > 1 or (left and count != known) or count % known or len(rest) < len(shape) - 1:
            raise ExpressionError(f"{engine.show_shape(x.shape)} cannot be reshaped to {engine.show_shape(shape)}.")
        shape = tuple((left[0] if left else count // known) if dim == -1 else dim for dim in shape)
    return engine.reshape(x, shape)


def _squeeze(x: Expression, axis: functions.Axes = None) -> Expression:
    single = [a for a in functions.axes_of(x, axis) if x.shape[a] == 1]
    return engine.reshape(x, [dim for a, dim in enumerate(x.shape, -x.ndim) if a not in single])


def _expand_dims(x: Expression, axis: int) -> Expression:
    place = axis if axis >= 0 else x.ndim + 1 + axis
    return engine.reshape(x, (*x.shape[:place], 1, *x.shape[place:]))


def _tile(x: Expression, reps: engine.Shape) -> Expression:
    """The array repeated along axes of one entry; along others only once."""
    axes = max(x.ndim, len(reps))
    shape, times = (1,) * (axes - x.ndim) + x.shape, (1,) * (axes - len(reps)) + tuple(reps)
    if any(1 not in pair for pair in zip(shape, times, strict=True)):
        raise ExpressionError(f"tile repeats axes of one entry here: the shape is {engine.show_shape(x.shape)}.")
    wanted = [number if side == 1 else side for side, number in zip(shape, times, strict=True)]
    return engine.broadcast_to(engine.reshape(x, shape), wanted)


def _stack(x: Expression, axis: int = 0) -> Expression:
    """What is listed, with the list's axis at a place."""
    if not -x.ndim <= axis < x.ndim:
        raise ExpressionError(f"There is no axis {axis}: the shape is {engine.show_shape(x.shape)}.")
    places = list(range(1, x.ndim))
    places.insert(axis if axis >= 0 else x.ndim + axis, 0)
    return permuted(x, places)


def _vstack(x: Expression) -> Expression:
    if x.ndim > 2:
        raise ExpressionError("vstack takes a list of rows.")
    return x if x.ndim == 2 else _reshape(x, (-1, 1))


def _flatten(x: Expression) -> Expression:
    return _reshape(x, (-1,))


def _diagflat(x: Expression) -> Expression:
    return engine.diag(_flatten(x))


RESHAPING: Mapping[str, Callable[..., Expression]] = {
    "transpose": _transpose, "swapaxes": _swapaxes, "turned": _swapaxes, "reshape": _reshape, "flatten": _flatten,
    "squeeze": _squeeze, "expand_dims": _expand_dims, "tile": _tile, "stack": _stack, "vstack": _vstack,
    "diagflat": _diagflat,
}  # fmt: skip
