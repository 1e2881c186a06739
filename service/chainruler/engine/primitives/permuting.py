"""The axes of an array in any other order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, intern
from chainruler.engine.primitives.shaping import Rearranged, Transpose
from chainruler.engine.shapes import Shape, ShapeError, show_shape
from chainruler.engine.simplify import broadcast, stripped

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


@dataclass(frozen=True)
class Permute(Rearranged):
    """The last axes in another order: each of `axes`, counted from the end, says which axis comes to its place."""

    axes: tuple[int, ...]
    name = "permute"
    noun = "another order of axes"
    cost = 0
    rule = "another order of axes passes it on in the old order"
    plain = True

    def __post_init__(self) -> None:
        if sorted(self.axes) != list(range(-len(self.axes), 0)):
            raise ShapeError(f"An order names each of the last axes once, counted from the end, and not {self.axes}.")

    def over(self, x: Expression) -> Expression:
        shape = self.shape(x)
        if isinstance(x.primitive, Permute):
            return permuted(x.args[0], composed(x.primitive.axes, self.axes))
        axes = self.axes
        while axes and axes[0] == -len(axes):
            axes = axes[1:]
        if not axes:
            return x
        if axes == (-1, -2):
            return Transpose()(x)
        inner = stripped(x)
        return intern(Permute(axes), (x,)) if inner.shape else broadcast(inner, shape)

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        rank = len(self.axes)
        if x.ndim < rank:
            raise ShapeError(f"An order of {rank} axes needs as many, but got the shape {show_shape(x.shape)}.")
        return (*x.shape[: x.ndim - rank], *(x.shape[axis] for axis in self.axes))

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        back = sorted(range(-len(self.axes), 0), key=lambda place: self.axes[place])
        return [Permute(tuple(back))(g)]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.view(f"{{0}}.transpose({whole_order(self.axes, len(node.shape))})", args[0], node.shape)


def composed(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """The order that two orders after each other make."""
    rank = max(len(first), len(second))
    first, second = (tuple(range(-rank, -len(axes))) + axes for axes in (first, second))
    return tuple(first[axis] for axis in second)


def whole_order(axes: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """An order of the last axes as one of all axes, counted from the start as NumPy has it."""
    return (*range(ndim - len(axes)), *(axis + ndim for axis in axes))


def permuted(x: Expression, axes: Sequence[int]) -> Expression:
    """An array with its axes in another order."""
    return Permute(tuple(axis - x.ndim if axis >= 0 else axis for axis in axes))(x)
