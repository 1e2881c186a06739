"""What every elementwise primitive shares, and the smooth functions of one variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine.expression import Expression, Primitive, constant, intern
from chainruler.engine.primitives.shaping import put_before, unbroadcast
from chainruler.engine.shapes import Shape, broadcast_shapes
from chainruler.engine.simplify import broadcast

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


PICKING = {"select", "gather", "slice", "reshape", "transpose", "broadcast"}
"""Primitives whose entries are entries of their first operand."""


class Elementwise(Primitive):
    """A primitive that acts on each entry by itself, with NumPy's broadcasting; it states partial derivatives only."""

    ufunc: ClassVar[str]
    """The NumPy function that computes it, where one call does."""

    def shape(self, *args: Expression) -> Shape:
        return broadcast_shapes(self.name, *(arg.shape for arg in args))

    def partials(self, node: Expression) -> Sequence[Expression | None]:
        """The derivative by each operand, entry by entry; None where it is zero."""
        raise NotImplementedError

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression | None]:
        return [
            None if partial is None else unbroadcast(g * partial, arg.shape)
            for partial, arg in zip(self.partials(node), node.args, strict=True)
        ]

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        parts = [
            partial * tangent
            for partial, tangent in zip(self.partials(node), tangents, strict=True)
            if partial is not None and tangent is not None
        ]
        return broadcast(sum(parts[1:], parts[0]) if parts else constant(0), node.shape)

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        rank = max(arg.ndim for arg in node.args)
        return self(*(put_before(arg, old, rank, leading) for arg, old in zip(args, node.args, strict=True)))

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.ufunc(self.ufunc, *args)


class Exp(Elementwise):
    """exp(x)."""

    name = ufunc = "exp"
    noun = "an exponential"
    cost = 150
    rule = "an exponential multiplies it by its own value"
    latex = r"\exp"

    def canonical(self, *args: Expression) -> Expression:
        (x,) = args
        if isinstance(x.primitive, Log):
            return x.args[0]
        return intern(self, (x,))

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [node]


class Expm1(Elementwise):
    """exp(x) - 1, exact near zero."""

    name = ufunc = "expm1"
    noun = "an exponential less one"
    cost = 400
    rule = "exp(x) − 1 multiplies it by exp(x)"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [node + 1]


class Log(Elementwise):
    """The natural logarithm; that of a softmax or a sigmoid, and of entries of them, is written without underflow."""

    name = ufunc = "log"
    noun = "a logarithm"
    cost = 170
    rule = "a logarithm divides it by what is inside"
    latex = r"\log"

    def canonical(self, *args: Expression) -> Expression:
        (x,) = args
        picks = []
        while x.primitive.name in PICKING:
            picks.append(x)
            x = x.args[0]
        result = self._apart(x)
        if result is None:
            return intern(self, args)
        for pick in reversed(picks):
            result = pick.primitive(result, *pick.args[1:])
        return result

    def _apart(self, x: Expression) -> Expression | None:
        """The logarithm of what is itself made of an exponential, without a logarithm; None for anything else."""
        inner = x.args[0] if x.args else x
        if isinstance(x.primitive, Exp):
            return inner
        if x.primitive.name == "softmax":
            axis: int = x.primitive.axis  # type: ignore[attr-defined]
            return inner - Primitive.registry["logsumexp"](axis, keepdims=True)(inner)  # type: ignore[call-arg]
        if isinstance(x.primitive, Sigmoid):
            return -Primitive.registry["softplus"]()(-inner)
        if x.primitive.name == "add" and isinstance((1 - x).primitive, Sigmoid):
            return -Primitive.registry["softplus"]()(*(1 - x).args)
        return None

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [node.args[0] ** -1]


class Log1p(Elementwise):
    """log(1 + x), exact near zero."""

    name = ufunc = "log1p"
    noun = "a logarithm of one more"
    cost = 400
    rule = "log(1 + x) divides it by 1 + x"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [(1 + node.args[0]) ** -1]


class Sin(Elementwise):
    """sin(x)."""

    name = ufunc = "sin"
    noun = "a sine"
    cost = 400
    rule = "a sine multiplies it by the cosine"
    latex = r"\sin"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [Cos()(node.args[0])]


class Cos(Elementwise):
    """cos(x)."""

    name = ufunc = "cos"
    noun = "a cosine"
    cost = 400
    rule = "a cosine multiplies it by minus the sine"
    latex = r"\cos"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [-Sin()(node.args[0])]


class Tanh(Elementwise):
    """tanh(x), whose derivative is 1 - tanh(x)^2."""

    name = ufunc = "tanh"
    noun = "a hyperbolic tangent"
    cost = 400
    rule = "tanh multiplies it by one minus its own square"
    latex = r"\tanh"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [1 - node**2]


class Sigmoid(Elementwise):
    """The logistic function 1 / (1 + exp(-x)), whose derivative is s (1 - s)."""

    name = "sigmoid"
    noun = "a sigmoid"
    cost = 220
    rule = "a sigmoid multiplies it by σ (1 − σ), its own value times what is missing to 1"
    latex = r"\sigma"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [node * (1 - node)]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        # exp(-x) may overflow to infinity, whose reciprocal is the right 0; a tanh would lose the small values.
        grown = emitter.ufunc("exp", emitter.ufunc("negative", *args))
        return emitter.ufunc("reciprocal", emitter.ufunc("add", grown, emitter.literal(1.0)))


class Softplus(Elementwise):
    """log(1 + exp(x)), written so that it cannot overflow."""

    name = "softplus"
    noun = "a softplus"
    cost = 650
    rule = "a softplus multiplies it by the sigmoid"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [Sigmoid()(node.args[0])]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        (x,) = args
        top = emitter.ufunc("maximum", x, emitter.literal(0.0))
        away = emitter.ufunc("negative", emitter.absolute(x))
        return emitter.ufunc("add", emitter.ufunc("log1p", emitter.ufunc("exp", away)), top)
