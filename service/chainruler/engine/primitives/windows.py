"""Sliding windows over the last two axes, and their adjoint: with matmul and max they are convolution and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression
from chainruler.engine.primitives.shaping import Unary
from chainruler.engine.shapes import Shape, ShapeError, show_shape

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window(Unary):
    """(…, height, width) to (…, entries of a window, windows), padded with zeros."""

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    name = "window"
    noun = "sliding windows"
    cost = 50
    rule = "sliding windows add it up where they overlap"

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        rows, columns = self.counts(x.shape)
        return (*x.shape[:-2], self.kernel[0] * self.kernel[1], rows * columns)

    def counts(self, shape: Shape) -> Pair:
        """How many windows fit below and beside each other."""
        image = shape[-2:]
        if len(image) < 2:
            raise ShapeError(f"window needs an image of two axes, but got {show_shape(shape)}.")
        counts = []
        for dim, kernel, stride, padding in zip(image, self.kernel, self.stride, self.padding, strict=True):
            if not isinstance(dim, int) or dim + 2 * padding < kernel:
                raise ShapeError(
                    f"A window of {self.kernel} does not fit into {show_shape(image)} padded by {self.padding}."
                )
            counts.append((dim + 2 * padding - kernel) // stride + 1)
        return counts[0], counts[1]

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        height, width = node.args[0].shape[-2:]
        assert isinstance(height, int) and isinstance(width, int)  # noqa: S101, PT018 (the shape rule saw to it)
        return [Unwindow((height, width), self.kernel, self.stride, self.padding)(g)]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        template = f"window({{0}}, {self.kernel}, {self.stride}, {self.padding})"
        return emitter.call(template, emitter.real(args[0]), shape=node.shape)


@dataclass(frozen=True)
class Unwindow(Unary):
    """(…, entries of a window, windows) back to (…, height, width), adding where windows overlap."""

    image: Pair
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    name = "unwindow"
    noun = "windows added up"
    cost = 90
    rule = "windows added up take it from where they were added"

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        rows, columns = Window(self.kernel, self.stride, self.padding).counts(self.image)
        wanted = (self.kernel[0] * self.kernel[1], rows * columns)
        if x.shape[-2:] != wanted:
            raise ShapeError(f"unwindow needs {show_shape(wanted)} at the end, but got {show_shape(x.shape)}.")
        return (*x.shape[:-2], *self.image)

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        return [Window(self.kernel, self.stride, self.padding)(g)]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        template = f"unwindow({{0}}, {self.image}, {self.kernel}, {self.stride}, {self.padding})"
        return emitter.call(template, emitter.real(args[0]), shape=node.shape)
