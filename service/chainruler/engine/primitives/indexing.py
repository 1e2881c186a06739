"""What is picked by index: one-hot rows, one entry a row, rows of a table, and the rows put back (scatter)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.emitter import is_narrow
from chainruler.engine.expression import Expression, Kind, Primitive
from chainruler.engine.primitives.shaping import Reshape
from chainruler.engine.shapes import Shape, ShapeError, show_shape
from chainruler.engine.simplify import broadcast

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


def _need_index(what: str, index: Expression) -> None:
    if index.kind != "index":
        raise ShapeError(f"{what} needs whole numbers to pick by, but got real ones.")


@dataclass(frozen=True)
class OneHot(Primitive):
    """Rows that are 1 at their index and 0 elsewhere."""

    classes: int
    name = "onehot"
    noun = "one-hot rows"
    cost = 70
    sums_to_one_along = -1

    def shape(self, *args: Expression) -> Shape:
        (index,) = args
        _need_index("onehot", index)
        if self.classes < 1:
            raise ShapeError(f"onehot needs at least one class, but got {self.classes}.")
        return (*index.shape, self.classes)

    def kind(self, *args: Expression) -> Kind:
        return "gate"

    def vjp(self, node: Expression, g: Expression) -> Sequence[None]:
        return [None]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        every = emitter.shared(f"count({self.classes})", shape=(self.classes,), kind="index")
        if is_narrow(self.classes) and len(node.shape) == 2:
            column = emitter.view("{0}[:, None]", every, (self.classes, 1))
            flipped = emitter.ufunc("equal", column, args[0], kind="gate")
            return emitter.view("{0}.T", flipped, node.shape)
        column = emitter.view("{0}[..., None]", args[0], (*node.shape[:-1], 1))
        return emitter.ufunc("equal", column, every, kind="gate")


class Picking(Primitive):
    """A primitive that is linear in its first operand; the second is indices, which have no tangent."""

    arity = 2

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        tangent = tangents[0]
        assert tangent is not None  # noqa: S101 (a tangent is asked only where there is one)
        return self(tangent, node.args[1])


class Select(Picking):
    """The entry that its index picks from the last axis: z_y for every row z."""

    name = "select"
    noun = "one entry a row"
    cost = 220
    rule = "picking an entry passes it on to that entry alone: a one-hot row"

    def shape(self, *args: Expression) -> Shape:
        x, index = args
        _need_index("select", index)
        if x.ndim < 1 or x.shape[:-1] != index.shape:
            raise ShapeError(
                f"select needs one index a row, but got {show_shape(x.shape)} and {show_shape(index.shape)}."
            )
        return index.shape

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression | None]:
        x, index = node.args
        classes = x.shape[-1]
        if not isinstance(classes, int):
            raise ShapeError("select needs a known number of classes.")
        return [Reshape((*g.shape, 1))(g) * OneHot(classes)(index), None]

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        x, index = node.args
        return self(broadcast(args[0], (*leading, *x.shape)), broadcast(args[1], (*leading, *index.shape)))

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        x, index = emitter.real(args[0]), args[1]
        if len(node.shape) == 1:
            rows = emitter.shared(f"count({emitter.dim(node.shape[0])})", shape=node.shape, kind="index")
            return emitter.call("{0}[{1}, {2}]", x, rows, index, shape=node.shape)
        if not node.shape:
            return emitter.call("{0}[{1}]", x, index, shape=())
        return emitter.call("take_along_axis({0}, {1}[..., None], -1)[..., 0]", x, index, shape=node.shape)


@dataclass(frozen=True)
class Gather(Picking):
    """The slices of a table that the indices pick along an axis counted from the end."""

    axis: int
    name = "gather"
    noun = "some rows of a table"
    cost = 220
    rule = "picking rows adds it to the rows that were picked"

    def shape(self, *args: Expression) -> Shape:
        table, index = args
        _need_index("gather", index)
        place = table.ndim + self.axis
        if not 0 <= place < table.ndim:
            raise ShapeError(f"gather along axis {self.axis} needs that axis, but got {show_shape(table.shape)}.")
        return (*table.shape[:place], *index.shape, *table.shape[place + 1 :])

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression | None]:
        table, index = node.args
        height = table.shape[self.axis]
        if not isinstance(height, int):
            raise ShapeError("gather needs a table of known height.")
        return [Scatter(self.axis, height, index.ndim)(g, index), None]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.call(f"take({{0}}, {{1}}, {self.axis})", emitter.real(args[0]), args[1], shape=node.shape)


@dataclass(frozen=True)
class Scatter(Picking):
    """Zeros to which each slice is added at its index along an axis counted from the end of the result."""

    axis: int
    height: int
    index_axes: int
    name = "scatter"
    noun = "rows added at their indices"
    cost = 900
    rule = "rows added at their indices take it from there"

    def shape(self, *args: Expression) -> Shape:
        slices, index = args
        _need_index("scatter", index)
        after = -self.axis - 1
        place = slices.ndim - after - self.index_axes
        if place < 0 or slices.shape[place : place + self.index_axes] != index.shape:
            raise ShapeError(f"scatter got slices {show_shape(slices.shape)} for indices {show_shape(index.shape)}.")
        return (*slices.shape[:place], self.height, *slices.shape[slices.ndim - after :])

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression | None]:
        return [Gather(self.axis)(g, node.args[1]), None]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        before = len(node.shape) + self.axis
        where = "(" + "slice(None), " * before + "{1},)"
        template = f"scatter({emitter.dims_of(node.shape)}, {where}, {{0}}, {emitter.dtype})"
        return emitter.call(template, emitter.real(args[0]), args[1], shape=node.shape)
