"""Another arrangement of the same numbers: transpose, reshape, broadcast, the identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, Kind, Primitive, build, intern
from chainruler.engine.shapes import Dim, Shape, ShapeError, extent, show_shape
from chainruler.engine.simplify import broadcast, split_scalars, stripped

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


class Multilinear(Primitive):
    """A primitive that is linear in each of its operands: its tangent is the sum over operands of itself."""

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        parts = [
            self(*node.args[:i], tangent, *node.args[i + 1 :])
            for i, tangent in enumerate(tangents)
            if tangent is not None
        ]
        return sum(parts[1:], parts[0])


class Unary(Multilinear):
    """A linear primitive of one operand: scalar factors are pulled out in front, and zeros stay zeros."""

    def canonical(self, *args: Expression) -> Expression:
        scalar, rest = split_scalars(*args)
        result = self.over(rest)
        return result if scalar is None else scalar * result

    def over(self, x: Expression) -> Expression:
        """The canonical expression over an operand without scalar factors."""
        return intern(self, (x,))


class Rearranged(Unary):
    """A linear primitive whose entries are entries of its operand, and of the same kind."""

    def kind(self, *args: Expression) -> Kind:
        return args[0].kind


class Transpose(Rearranged):
    """The last two axes exchanged; of a product, the product of the transposes in reverse."""

    name = "transpose"
    noun = "a transpose"
    cost = 0
    rule = "a transpose passes it on transposed"
    plain = True

    def over(self, x: Expression) -> Expression:
        if isinstance(x.primitive, Transpose):
            return x.args[0]
        if x.primitive.name == "matmul" and min(arg.ndim for arg in x.args) > 1:
            return build("matmul", x.args[1].T, x.args[0].T)
        if x.primitive.name == "outer":
            return build("outer", x.args[1], x.args[0])
        if isinstance(x.primitive, Identity | Diagonal):
            return x
        inner = stripped(x)
        if inner is not x and not inner.shape:
            return broadcast(inner, self.shape(x))
        return intern(self, (x,))

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        if x.ndim < 2:
            raise ShapeError(f".T needs a matrix, but got the shape {show_shape(x.shape)}.")
        return (*x.shape[:-2], x.shape[-1], x.shape[-2])

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        return [g.T]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        template = "{0}.T" if len(node.shape) == 2 else "{0}.swapaxes(-1, -2)"
        return emitter.view(template, args[0], node.shape)


@dataclass(frozen=True)
class Reshape(Rearranged):
    """The same entries in the same order in another shape."""

    to: Shape
    name = "reshape"
    noun = "another shape"
    cost = 0
    rule = "a change of shape passes it on in the old shape"
    plain = True

    def over(self, x: Expression) -> Expression:
        if isinstance(x.primitive, Reshape):
            x = x.args[0]
        if x.shape == self.to:
            return x
        inner = stripped(x)
        if not inner.shape:
            self.shape(x)
            return broadcast(inner, self.to)
        return intern(self, (x,))

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        if extent(x.shape) != extent(self.to):
            raise ShapeError(f"{show_shape(x.shape)} cannot be reshaped to {show_shape(self.to)}: the sizes differ.")
        return self.to

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        return [Reshape(node.args[0].shape)(g)]

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        return Reshape((*leading, *self.to))(*args)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.view(f"{{0}}.reshape({emitter.dims_of(node.shape)})", args[0], node.shape)


@dataclass(frozen=True)
class Broadcast(Rearranged):
    """The entries repeated along new or single axes; products and sums are taken first, and then repeated."""

    to: Shape
    name = "broadcast"
    noun = "a repetition"
    cost = 0
    rule = "a repetition sums it over what is repeated"
    plain = True

    def canonical(self, *args: Expression) -> Expression:
        (x,) = args  # scalars stay inside: there is nothing to pull them from
        if isinstance(x.primitive, Broadcast):
            self.shape(x)
            x = x.args[0]
        return x if x.shape == self.to else intern(self, (x,))

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        tail = self.to[len(self.to) - x.ndim :]
        if len(tail) != x.ndim or any(have not in (1, want) for have, want in zip(x.shape, tail, strict=True)):
            raise ShapeError(f"{show_shape(x.shape)} cannot be broadcast to {show_shape(self.to)}.")
        return self.to

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        return [unbroadcast(g, node.args[0].shape)]

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        arg = put_before(args[0], node.args[0], len(self.to), leading)
        return Broadcast((*leading, *self.to))(arg)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        if not node.args[0].shape and node.kind != "index":
            return emitter.call(
                f"full({emitter.dims_of(node.shape)}, {{0}}, {emitter.dtype})", emitter.real(args[0]), shape=node.shape
            )
        return emitter.view(f"broadcast_to({{0}}, {emitter.dims_of(node.shape)})", args[0], node.shape)


def unbroadcast(g: Expression, shape: Shape) -> Expression:
    """The cotangent of an operand of this shape from that of what it was broadcast to: summed over repeats."""
    if g.shape == shape:
        return g
    over, new = Primitive.registry["sum"], tuple(range(-g.ndim, -len(shape)))
    single = tuple(axis - len(shape) for axis, dim in enumerate(shape) if dim == 1)
    return over(single, keepdims=True)(over(new)(g))  # type: ignore[call-arg]


def put_before(arg: Expression, old: Expression, rank: int, leading: Shape) -> Expression:
    """`arg`, which is `old` or `old` with axes `leading` in front, padded to stand beside `rank` axes."""
    if old.ndim in (arg.ndim, rank):
        return arg
    return Reshape((*leading, *(1,) * (rank - old.ndim), *old.shape))(arg)


@dataclass(frozen=True)
class Identity(Primitive):
    """The identity matrix of a size."""

    dim: Dim
    name = "identity"
    arity = 0
    noun = "the identity matrix"

    def shape(self, *args: Expression) -> Shape:
        return (self.dim, self.dim)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.call(f"eye({emitter.dim(self.dim)}, dtype={emitter.dtype})", shape=node.shape)


class Diagonal(Unary):
    """The square matrix with the vector on its diagonal."""

    name = "diagonal"
    noun = "a diagonal matrix"
    rule = "a diagonal matrix passes its diagonal on"
    latex = r"\operatorname{diag}"

    def shape(self, *args: Expression) -> Shape:
        (x,) = args
        if x.ndim < 1:
            raise ShapeError("diag needs a vector, but got a number.")
        return (*x.shape, x.shape[-1])

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        (x,) = node.args
        return [Primitive.registry["sum"]((-1,))(g * Identity(x.shape[-1])())]  # type: ignore[call-arg]

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        (x,) = args
        return Reshape((*x.shape[:-1], 1, x.shape[-1]))(x) * Identity(x.shape[-1])()

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        if len(node.shape) == 2:
            return emitter.call("diag({0})", emitter.real(args[0]), shape=node.shape)
        return emitter.call(
            f"{{0}}[..., None] * eye({emitter.dim(node.shape[-1])}, dtype={emitter.dtype})", *args, shape=node.shape
        )
