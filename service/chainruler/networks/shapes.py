"""The shapes of what was sent, with the batch size as a symbol; what can be refused from them is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from chainruler.engine import Shape, show_shape
from chainruler.networks.blueprint import BATCH
from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.problem import Problem


class Shapes(NamedTuple):
    """What a system depends on besides the problem: hashable, and the same for every batch size."""

    x: Shape | None = None
    y: Shape | None = None
    weighted: bool = False
    parameters: tuple[tuple[str, Shape], ...] | None = None
    """None if they are still to be initialised."""

    def without_batch(self) -> Shapes:
        """The shapes with the batch taken away."""
        x, y = (None if s is None else tuple(d for d in s if d != BATCH) for s in (self.x, self.y))
        return self._replace(x=x, y=y)


def shape_of(array: ArrayLike) -> tuple[int, ...]:
    """The shape of an array, or of what NumPy makes one of."""
    return array.shape if isinstance(array, np.ndarray) else np.shape(array)


def shapes_of(
    problem: Problem, parameters: Mapping[str, ArrayLike] | None = None, data: Mapping[str, ArrayLike] | None = None
) -> Shapes:
    """The shapes of the arrays that were sent."""
    data = data or {}
    columns = problem.model.samples == "columns"
    x, y = data.get("x"), data.get("y")
    x_shape = None if x is None else _of_x(shape_of(x), problem, columns=columns)
    y_shape = None if y is None else _of_y(shape_of(y), None if x is None else shape_of(x), columns=columns)
    known = (
        None if parameters is None else tuple((name, _of_parameter(name, array)) for name, array in parameters.items())
    )
    return Shapes(x_shape, y_shape, "weights" in data, known)


def _of_parameter(name: str, array: ArrayLike) -> Shape:
    shape = shape_of(array)
    if 0 in shape:
        raise SpecError(
            "empty_array", pointer("parameters", name), f"parameters.{name} has shape {show_shape(shape)}: it is empty."
        )
    return shape


def _of_x(shape: tuple[int, ...], problem: Problem, *, columns: bool) -> Shape:
    layers = problem.model.layers
    if len(shape) < (1 if layers and layers[0].takes == "index" else 2):
        what = "a number" if not shape else f"a list of numbers, shape {show_shape(shape)}"
        row = (max(shape, default=0) or 1,)
        wanted = show_shape((*row, 1) if columns else (1, *row))
        hint = f"Send x with shape {wanted}."
        raise SpecError("wrong_shape", "/data/x", f"x is {what}. One sample is a list with one row: [[…]].", hint)
    if 0 in shape:
        raise SpecError("empty_array", "/data/x", f"x has shape {show_shape(shape)}: there is nothing in it.")
    if columns and len(shape) != 2:
        raise SpecError(
            "wrong_shape", "/data/x", f"x has shape {show_shape(shape)}, but columns need (features, samples)."
        )
    return (*shape[:-1], BATCH) if columns else (BATCH, *shape[1:])


def _of_y(shape: tuple[int, ...], x: tuple[int, ...] | None, *, columns: bool) -> Shape:
    if not shape:
        raise SpecError(
            "wrong_shape", "/data/y", "y is a number. The target of one sample is a list with one entry: [2] or [[…]]."
        )
    axis = -1 if columns else 0
    if x is not None and shape[axis] != x[axis]:
        samples = "1 sample" if shape[axis] == 1 else f"{shape[axis]} samples"
        message = f"y has shape {show_shape(shape)}, so {samples}, but x has shape {show_shape(x)}, so {x[axis]}."
        raise SpecError("wrong_shape", "/data/y", message)
    return (*shape[:-1], BATCH) if columns else (BATCH, *shape[1:])
