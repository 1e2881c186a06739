"""The matrix product, of matrices, stacks of them and vectors; and the outer product of two vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, build, intern
from chainruler.engine.primitives.shaping import Identity, Multilinear, Reshape, put_before, unbroadcast
from chainruler.engine.shapes import Shape, ShapeError, broadcast_shapes, show_shape
from chainruler.engine.simplify import filled, is_zero, split_scalars

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


class Bilinear(Multilinear):
    """A product of two operands: scalar factors are pulled out in front, and zero times anything is zero."""

    arity = 2

    def canonical(self, *args: Expression) -> Expression:
        (a, left), (b, right) = map(split_scalars, args)
        result = self.over(left, right)
        for scalar in (b, a):
            result = result if scalar is None else scalar * result
        return result

    def over(self, left: Expression, right: Expression) -> Expression:
        """The canonical expression over operands without scalar factors."""
        if is_zero(left) or is_zero(right):
            return filled(0, self.shape(left, right))
        return intern(self, (left, right))


class Matmul(Bilinear):
    """The matrix product by NumPy's rules: stacks broadcast, a vector on the right is a column, on the left a row."""

    name = "matmul"
    noun = "a matrix product"
    rule = "a matrix product passes it on to each factor times the other one, transposed"

    def over(self, left: Expression, right: Expression) -> Expression:
        for factor, other in ((left, right), (right, left)):
            if isinstance(factor.primitive, Identity):
                self.shape(left, right)
                return other
        return super().over(left, right)

    def shape(self, *args: Expression) -> Shape:
        a, b = args
        if not a.ndim or not b.ndim:
            raise ShapeError(f'"@" needs matrices or vectors, but got {show_shape(a.shape)} @ {show_shape(b.shape)}.')
        inner = b.shape[-min(2, b.ndim)]
        if a.shape[-1] != inner:
            raise ShapeError(
                f'"@" needs matching inner sizes, but {show_shape(a.shape)} @ {show_shape(b.shape)} has '
                f"{a.shape[-1]} and {inner}.{_advice(a, b)}"
            )
        stack = broadcast_shapes("@", a.shape[:-2], b.shape[:-2])
        rows, columns = a.shape[-2:-1], b.shape[-1:] if b.ndim > 1 else ()
        return (*stack, *rows, *columns)

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        a, b = node.args
        if a.ndim == b.ndim == 1:
            return [g * b, g * a]
        if b.ndim == 1:
            row = Reshape((*g.shape, 1))(g) @ Reshape((1, *b.shape))(b) if g.ndim > 1 else build("outer", g, b)
            column = build("transpose", a) @ (g if g.ndim == 1 else Reshape((*g.shape, 1))(g))
            return [row, column if g.ndim == 1 else unbroadcast(Reshape(column.shape[:-1])(column), b.shape)]
        if a.ndim == 1:
            row = g @ b.T if g.ndim == 1 else Reshape((*g.shape[:-1], 1, g.shape[-1]))(g) @ b.T
            outer = (
                build("outer", a, g)
                if g.ndim == 1
                else Reshape((*a.shape, 1))(a) @ Reshape((*g.shape[:-1], 1, g.shape[-1]))(g)
            )
            return [unbroadcast(Reshape((*row.shape[:-2], row.shape[-1]))(row), a.shape), outer]
        return [unbroadcast(g @ b.T, a.shape), unbroadcast(a.T @ g, b.shape)]

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        left, right = (len(old.shape) == 1 and arg.ndim > 1 for arg, old in zip(args, node.args, strict=True))
        rank = max(2, *(old.ndim for old in node.args))
        a, b = (put_before(arg, old, rank, leading) for arg, old in zip(args, node.args, strict=True))
        single = (1,) * (rank - 2)
        if right:  # a stack of vectors on the right: each is a column
            b = Reshape((*leading, *single, b.shape[-1], 1))(b)
        if left:
            a = Reshape((*leading, *single, 1, a.shape[-1]))(a)
        return Reshape((*leading, *node.shape))(a @ b)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.matmul(*map(emitter.real, args), shape=node.shape)


def _advice(a: Expression, b: Expression) -> str:
    """What would make the sizes fit."""
    if a.ndim == 2 and a.shape[0] == b.shape[-min(2, b.ndim)]:
        return " Did you mean to transpose the left operand (.T)?"
    if b.ndim == 2 and a.shape[-1] == b.shape[-1]:
        return " Did you mean to transpose the right operand (.T)?"
    return ""


class Outer(Bilinear):
    """The matrix of all products of an entry of one vector and an entry of another: a bᵀ."""

    name = "outer"
    noun = "an outer product"
    rule = "an outer product passes it on to each vector times the other one"

    def shape(self, *args: Expression) -> Shape:
        a, b = args
        if a.ndim != 1 or b.ndim != 1:
            raise ShapeError(f"outer needs two vectors, but got {show_shape(a.shape)} and {show_shape(b.shape)}.")
        return (*a.shape, *b.shape)

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression]:
        a, b = node.args
        return [g @ b, g.T @ a]

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        a, b = args
        return Reshape((*a.shape, 1))(a) * Reshape((*b.shape[:-1], 1, b.shape[-1]))(b)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        column = emitter.view("{0}[:, None]", args[0], (*args[0].shape, 1))
        return emitter.ufunc("multiply", column, args[1])
