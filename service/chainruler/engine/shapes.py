"""Sizes that may be unknown until a program runs, the rule by which they broadcast, and the errors about them."""

from __future__ import annotations

from math import prod
from typing import TypeAlias

Dim: TypeAlias = int | str
"""A size that is known, or the name of one that is not yet, such as the batch size "N"."""
Shape: TypeAlias = tuple[Dim, ...]


class ExpressionError(ValueError):
    """Something is asked of expressions that they cannot do; the message says what, where and how to mend it.

    ExpressionError
     ├─ ShapeError            the shapes of the operands do not fit together
     ├─ NotDifferentiable     a derivative is asked where there is none
     └─ NotSeparable          per-sample values are asked of something that mixes samples
    """


class ShapeError(ExpressionError):
    """The shapes of the operands do not fit together."""


class NotDifferentiable(ExpressionError):
    """A derivative is asked where there is none."""


class NotSeparable(ExpressionError):
    """Per-sample values are asked of something that mixes samples."""


def show_shape(shape: Shape) -> str:
    """The shape as a user writes it: `(N, 3)`, `(3,)`, `()`."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def extent(shape: Shape) -> tuple[list[str], int]:
    """How many entries it has: the sizes that have names, in order, and the product of the others."""
    return sorted(dim for dim in shape if isinstance(dim, str)), prod(dim for dim in shape if isinstance(dim, int))


def broadcast_shapes(what: str, *shapes: Shape) -> Shape:
    """The common shape of elementwise operands by NumPy's rule; a named size equals itself only."""
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return first
    result: list[Dim] = [1] * max(map(len, shapes))
    for shape in shapes:
        for axis, dim in enumerate(shape, start=len(result) - len(shape)):
            if dim == 1 or dim == result[axis]:
                continue
            if result[axis] != 1:
                listed = " and ".join(map(show_shape, dict.fromkeys(shapes)))
                raise ShapeError(
                    f'"{what}" needs operands of one shape, but got {listed}: {result[axis]} and {dim} differ.'
                )
            result[axis] = dim
    return tuple(result)
