"""Operands joined along an axis, and a part of one cut out: each the other's derivative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, intern
from chainruler.engine.primitives.shaping import Multilinear, Rearranged
from chainruler.engine.shapes import Shape, ShapeError, show_shape
from chainruler.engine.simplify import broadcast, filled, is_zero

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


@dataclass(frozen=True)
class Concatenate(Multilinear):
    """The operands one after the other along an axis counted from the end."""

    axis: int
    name = "concatenate"
    arity = None
    noun = "a concatenation"
    rule = "a concatenation gives each part its own piece of it"

    def canonical(self, *args: Expression) -> Expression:
        if len(args) == 1:
            return args[0]
        if all(is_zero(arg) for arg in args):
            return filled(0, self.shape(*args))
        return intern(self, args)

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        return self(*(filled(0, arg.shape) if t is None else t for t, arg in zip(tangents, node.args, strict=True)))

    def shape(self, *args: Expression) -> Shape:
        rests = {(*a.shape[: a.ndim + self.axis], *a.shape[a.ndim + self.axis + 1 :]) for a in args}
        sizes = [dim for a in args if -self.axis <= a.ndim and isinstance(dim := a.shape[self.axis], int)]
        if len(rests) > 1 or len(sizes) < len(args):
            listed = ", ".join(show_shape(a.shape) for a in args)
            raise ShapeError(f"concatenate needs shapes that agree but on axis {self.axis}, got {listed}.")
        (rest,) = rests
        place = len(rest) + 1 + self.axis
        return (*rest[:place], sum(sizes), *rest[place:])

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        parts, start = [], 0
        for arg in node.args:
            width = arg.shape[self.axis]
            assert isinstance(width, int)  # noqa: S101 (the shape rule saw to it; told to the type checker)
            parts.append(Slice(self.axis, start, start + width)(g))
            start += width
        return parts

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        return self(*(broadcast(a, (*leading, *old.shape)) for a, old in zip(args, node.args, strict=True)))

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        holes = ", ".join(f"{{{i}}}" for i in range(len(args)))
        return emitter.call(f"concatenate(({holes}), {self.axis})", *map(emitter.real, args), shape=node.shape)


@dataclass(frozen=True)
class Slice(Rearranged):
    """The entries from `start` up to `stop` along an axis counted from the end."""

    axis: int
    start: int
    stop: int
    name = "slice"
    noun = "a part"
    rule = "a part passes it on to its own place, with zeros elsewhere"

    def over(self, x: Expression) -> Expression:
        whole = x.shape[self.axis] if -self.axis <= x.ndim else None
        if (self.start, self.stop) == (0, whole):
            return x
        if is_zero(x):
            return filled(0, self.shape(x))
        return intern(self, (x,))

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        whole = x.shape[self.axis] if -self.axis <= x.ndim else None
        if not isinstance(whole, int) or not 0 <= self.start < self.stop <= whole:
            raise ShapeError(f"{self.start}:{self.stop} is no part of axis {self.axis} of {show_shape(x.shape)}.")
        return tuple(self.stop - self.start if i == x.ndim + self.axis else dim for i, dim in enumerate(x.shape))

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        (x,) = node.args
        whole = x.shape[self.axis]
        assert isinstance(whole, int)  # noqa: S101 (the shape rule saw to it; told to the type checker)

        def zeros(width: int) -> list[Expression]:
            """A part of this width, as a list; an empty one if it has none."""
            shape = tuple(width if i == x.ndim + self.axis else dim for i, dim in enumerate(x.shape))
            return [filled(0, shape)] if width else []

        return [Concatenate(self.axis)(*zeros(self.start), g, *zeros(whole - self.stop))]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        after = ", :" * (-self.axis - 1)
        return emitter.view(f"{{0}}[..., {self.start}:{self.stop}{after}]", args[0], node.shape)
