"""The calculus as functions, with the names and arguments that NumPy users expect; axes may count from either end."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine.expression import Expression, Operand, as_expression, build
from chainruler.engine.primitives import reductions
from chainruler.engine.primitives.gates import Compare
from chainruler.engine.primitives.indexing import Gather, OneHot
from chainruler.engine.primitives.joining import Concatenate, Slice
from chainruler.engine.primitives.shaping import Broadcast, Identity, Reshape
from chainruler.engine.primitives.windows import Unwindow, Window
from chainruler.engine.shapes import Dim, ShapeError, show_shape

Axes = int | Sequence[int] | None
Pair = tuple[int, int]


def axes_of(x: Expression, axis: Axes) -> tuple[int, ...]:
    """The axes counted from the end; all of them for None."""
    if axis is None:
        return tuple(range(-x.ndim, 0))
    wanted = [axis] if isinstance(axis, int) else list(axis)
    for a in wanted:
        if not -x.ndim <= a < x.ndim:
            raise ShapeError(f"There is no axis {a} in the shape {show_shape(x.shape)}.")
    return tuple(a if a < 0 else a - x.ndim for a in wanted)


def exp(x: Operand) -> Expression:
    """The exponential function."""
    return build("exp", x)


def expm1(x: Operand) -> Expression:
    """exp(x) - 1, exact near zero."""
    return build("expm1", x)


def log(x: Operand) -> Expression:
    """The natural logarithm."""
    return build("log", x)


def log1p(x: Operand) -> Expression:
    """log(1 + x), exact near zero."""
    return build("log1p", x)


def sqrt(x: Operand) -> Expression:
    """The square root."""
    return as_expression(x) ** 0.5


def square(x: Operand) -> Expression:
    """X times itself."""
    return as_expression(x) ** 2


def sin(x: Operand) -> Expression:
    """The sine."""
    return build("sin", x)


def cos(x: Operand) -> Expression:
    """The cosine."""
    return build("cos", x)


def tanh(x: Operand) -> Expression:
    """The hyperbolic tangent."""
    return build("tanh", x)


def sigmoid(x: Operand) -> Expression:
    """1 / (1 + exp(-x))."""
    return build("sigmoid", x)


def softplus(x: Operand) -> Expression:
    """log(1 + exp(x))."""
    return build("softplus", x)


def erf(x: Operand) -> Expression:
    """The error function."""
    return build("erf", x)


def relu(x: Operand) -> Expression:
    """max(x, 0)."""
    return build("relu", x)


def step(x: Operand) -> Expression:
    """1 where x > 0, else 0: the derivative of relu."""
    return Compare(">")(x, 0)


def equal(a: Operand, b: Operand) -> Expression:
    """1 where the operands are equal, else 0."""
    return Compare("==")(a, b)


def maximum(a: Operand, b: Operand) -> Expression:
    """The larger of two, entry by entry."""
    return build("maximum", a, b)


def minimum(a: Operand, b: Operand) -> Expression:
    """The smaller of two, entry by entry."""
    return build("minimum", a, b)


def where(gate: Operand, on: Operand, off: Operand) -> Expression:
    """`on` where the gate is not 0, else `off`."""
    return build("where", gate, on, off)


def absolute(x: Operand) -> Expression:
    """|x|."""
    return build("abs", x)


def sign(x: Operand) -> Expression:
    """-1, 0 or 1."""
    return build("sign", x)


def sum_of(x: Operand, axis: Axes = None, *, keepdims: bool = False) -> Expression:
    """The sum over axes; over all of them if none is named."""
    x = as_expression(x)
    return reductions.Sum(axes_of(x, axis), keepdims)(x)


def mean(x: Operand, axis: Axes = None, *, keepdims: bool = False) -> Expression:
    """The mean over axes; over all of them if none is named."""
    x = as_expression(x)
    return reductions.mean(x, axes_of(x, axis), keepdims=keepdims)


def max_of(x: Operand, axis: Axes = None, *, keepdims: bool = False) -> Expression:
    """The largest entry over axes; over all of them if none is named."""
    x = as_expression(x)
    return reductions.Max(axes_of(x, axis), keepdims)(x)


def norm2(x: Operand) -> Expression:
    """The sum of squares of all entries: ‖x‖²."""
    return sum_of(square(x))


def softmax(x: Operand, axis: int = -1) -> Expression:
    """exp(x) over its sum along an axis."""
    x = as_expression(x)
    return reductions.Softmax(axes_of(x, axis)[0])(x)


def logsumexp(x: Operand, axis: int = -1, *, keepdims: bool = False) -> Expression:
    """Log of the sum of exp along an axis."""
    x = as_expression(x)
    return reductions.LogSumExp(axes_of(x, axis)[0], keepdims)(x)


def matmul(a: Operand, b: Operand) -> Expression:
    """The matrix product a @ b."""
    return build("matmul", a, b)


def outer(a: Operand, b: Operand) -> Expression:
    """The products of every entry of one vector with every entry of another."""
    return build("outer", a, b)


def transpose(x: Operand) -> Expression:
    """The last two axes exchanged."""
    return build("transpose", x)


def reshape(x: Operand, shape: Sequence[Dim]) -> Expression:
    """The same entries in another shape."""
    return Reshape(tuple(shape))(x)


def broadcast_to(x: Operand, shape: Sequence[Dim]) -> Expression:
    """The entries repeated to a shape."""
    return Broadcast(tuple(shape))(x)


def concatenate(parts: Sequence[Operand], axis: int = -1) -> Expression:
    """The parts one after the other along an axis."""
    return Concatenate(axes_of(as_expression(parts[0]), axis)[0])(*parts)


def part_of(x: Operand, start: int, stop: int, axis: int = -1) -> Expression:
    """The entries from `start` up to `stop` along an axis."""
    x = as_expression(x)
    return Slice(axes_of(x, axis)[0], start, stop)(x)


def identity(dim: Dim) -> Expression:
    """The identity matrix."""
    return Identity(dim)()


def diag(x: Operand) -> Expression:
    """The square matrix with the vector on its diagonal."""
    return build("diagonal", x)


def onehot(index: Expression, classes: int) -> Expression:
    """Rows that are 1 at their index and 0 elsewhere."""
    return OneHot(classes)(index)


def select(x: Expression, index: Expression) -> Expression:
    """The entry of each row that its index picks."""
    return build("select", x, index)


def gather(table: Expression, index: Expression, axis: int = 0) -> Expression:
    """The slices of a table that the indices pick along an axis."""
    return Gather(axes_of(table, axis)[0])(table, index)


def window(x: Expression, kernel: Pair, stride: Pair = (1, 1), padding: Pair = (0, 0)) -> Expression:
    """(…, height, width) to (…, entries of a window, windows)."""
    return Window(kernel, stride, padding)(x)


def unwindow(x: Expression, image: Pair, kernel: Pair, stride: Pair = (1, 1), padding: Pair = (0, 0)) -> Expression:
    """(…, entries of a window, windows) back to (…, height, width), adding where windows overlap."""
    return Unwindow(image, kernel, stride, padding)(x)
