"""Over some axes: sum, maximum, softmax and log-sum-exp. Axes count from the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, Primitive, constant, intern, size
from chainruler.engine.primitives.gates import Compare, Where
from chainruler.engine.primitives.shaping import Diagonal, Reshape, Unary
from chainruler.engine.shapes import Shape, ShapeError, show_shape
from chainruler.engine.simplify import broadcast, filled, stripped

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


FAR = 1e30
"""The margin of an entry that has no neighbour."""


def reduced(what: str, x: Expression, axes: tuple[int, ...], *, keepdims: bool) -> Shape:
    """The shape of `x` without these axes, or with 1 in their place."""
    if any(not -x.ndim <= axis < 0 for axis in axes):
        raise ShapeError(
            f"{what} over axis {', '.join(map(str, axes))} needs that many axes, got {show_shape(x.shape)}."
        )
    kept = {x.ndim + axis for axis in axes}
    return tuple(1 if i in kept else dim for i, dim in enumerate(x.shape) if keepdims or i not in kept)


def spread(g: Expression, x: Expression, axes: tuple[int, ...]) -> Expression:
    """`g`, the value of a reduction of `x` over the axes, repeated along them again."""
    return broadcast(Reshape(reduced("sum", x, axes, keepdims=True))(g), x.shape)


@dataclass(frozen=True)
class OverAxes(Primitive):
    """A reduction over some axes, which are gone afterwards or have one entry."""

    axes: tuple[int, ...]
    keepdims: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", tuple(sorted(set(self.axes))))

    def shape(self, *args: Expression) -> Shape:
        return reduced(self.name, args[0], self.axes, keepdims=self.keepdims)


class Sum(OverAxes, Unary):
    """The sum over some axes."""

    name = "sum"
    noun = "a sum over entries"
    rule = "a sum over entries passes it on to each of them"
    plain = True
    latex = r"\sum"

    def over(self, x: Expression) -> Expression:
        shape = self.shape(x)
        along = [x.shape[axis] for axis in self.axes]
        inner = stripped(x)
        if all(dim == 1 for dim in along):
            return Reshape(shape)(x)
        if not inner.shape:
            return broadcast(inner * size(along), shape)
        to_one = getattr(x.primitive, "sums_to_one_along", None)
        if to_one in self.axes:
            return self(filled(1, reduced("sum", x, (to_one,), keepdims=True)))
        if isinstance(x.primitive, Diagonal) and self.axes == (-1,):
            return Reshape(shape)(x.args[0])
        if isinstance(x.primitive, Sum) and not x.primitive.keepdims and not self.keepdims:
            return self._merged(x)
        return intern(self, (x,))

    def _merged(self, x: Expression) -> Expression:
        """One sum for a sum of a sum."""
        inner, first = x.args[0], x.primitive
        assert isinstance(first, Sum)  # noqa: S101 (told to the type checker)
        left = [i - inner.ndim for i in range(inner.ndim) if i - inner.ndim not in first.axes]
        return Sum((*first.axes, *(left[axis] for axis in self.axes)))(inner)

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        return [spread(g, node.args[0], self.axes)]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.sum(node, self.axes, keepdims=self.keepdims)


class Max(OverAxes):
    """The largest entry over some axes; entries that tie share the derivative."""

    name = "max"
    noun = "a largest entry"
    rule = "a largest entry passes it on to the entry that is largest"
    latex = r"\max"

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        (x,) = node.args
        largest = Compare("==")(x, spread(node, x, self.axes))
        ties = Sum(self.axes, keepdims=True)(largest)
        return [spread(g, x, self.axes) * largest / ties]

    def margin(self, node: Expression) -> Expression | None:
        """How far each entry is below the largest: where the second largest is near, the derivative jumps."""
        (x,) = node.args
        top = Max(self.axes, keepdims=True)(x)
        return Where()(Compare("==")(x, top), constant(FAR), top - x)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        template = f"maximum_reduce({{0}}, {self.axes}, None, None, {self.keepdims})"
        return emitter.call(template, emitter.real(args[0]), shape=node.shape)


@dataclass(frozen=True)
class Softmax(Primitive):
    """exp(x) over its sum along an axis, with the largest entry taken out first."""

    axis: int = -1
    name = "softmax"
    noun = "a softmax"
    cost = 220
    rule = "a softmax has the Jacobian diag(a) − a aᵀ"

    @property
    def sums_to_one_along(self) -> int:
        """The axis along which the entries add up to 1."""
        return self.axis

    def shape(self, *args: Expression) -> Shape:
        reduced("softmax", args[0], (self.axis,), keepdims=True)
        return args[0].shape

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        return [node * (g - Sum((self.axis,), keepdims=True)(g * node))]

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        tangent = tangents[0]
        assert tangent is not None  # noqa: S101 (a tangent is asked only where there is one)
        return node * (tangent - Sum((self.axis,), keepdims=True)(tangent * node))

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        _, grown, norm = _exponentials(emitter, args[0], node.args[0], self.axis)
        return emitter.ufunc("divide", grown, norm)


@dataclass(frozen=True)
class LogSumExp(Primitive):
    """log of the sum of exp along an axis, with the largest entry taken out first."""

    axis: int = -1
    keepdims: bool = False
    name = "logsumexp"
    noun = "a log-sum-exp"
    cost = 220
    rule = "a log-sum-exp multiplies it by the softmax"

    def canonical(self, *args: Expression) -> Expression:
        (x,) = args
        inner = stripped(x)
        if inner is not x and not inner.shape:
            return inner + build_log(x.shape[self.axis], self.shape(x))
        return intern(self, (x,))

    def shape(self, *args: Expression) -> Shape:
        return reduced("logsumexp", args[0], (self.axis,), keepdims=self.keepdims)

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        (x,) = node.args
        return [spread(g, x, (self.axis,)) * Softmax(self.axis)(x)]

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        tangent = tangents[0]
        assert tangent is not None  # noqa: S101 (a tangent is asked only where there is one)
        return Sum((self.axis,), keepdims=self.keepdims)(Softmax(self.axis)(node.args[0]) * tangent)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        top, _, norm = _exponentials(emitter, args[0], node.args[0], self.axis)
        result = emitter.ufunc("add", emitter.ufunc("log", norm), top)
        return (
            result
            if self.keepdims
            else emitter.view(f"{{0}}.reshape({emitter.dims_of(node.shape)})", result, node.shape)
        )


def build_log(dim: int | str, shape: Shape) -> Expression:
    """Log of a size, repeated to a shape."""
    return broadcast(Primitive.registry["log"]()(size([dim])), shape)


def _exponentials(emitter: Emitter, x: Value, node: Expression, axis: int) -> tuple[Value, Value, Value]:
    """The largest entries, exp of what is above or below them, and its sum: shared by softmax and log-sum-exp."""
    shape = reduced("softmax", node, (axis,), keepdims=True)
    x = emitter.real(x)
    top = emitter.largest(x, axis, shape)
    grown = emitter.ufunc("exp", emitter.ufunc("subtract", x, top))
    return top, grown, emitter.total(grown, axis, shape)


def mean(x: Expression, axes: tuple[int, ...], *, keepdims: bool = False) -> Expression:
    """The sum over some axes divided by how many entries it has."""
    return Sum(axes, keepdims)(x) / size(x.shape[axis] for axis in axes)
