"""Sums, products and powers: n-ary and canonical, so that minus is a coefficient and division an exponent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, Number, build, constant, exact, intern
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.shapes import ExpressionError, Shape, broadcast_shapes, extent
from chainruler.engine.simplify import broadcast, filled, product, split, stripped, total, value_of

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value

LARGEST_EXPONENT = 512


class Add(Elementwise):
    """The sum of two or more operands."""

    name = "add"
    noun = "a sum"
    rule = "a sum passes it on to every term, and what was repeated along an axis is summed over it"
    plain = True
    arity = None

    def canonical(self, *args: Expression) -> Expression:
        return total(args)

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [constant(1)] * len(node.args)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        """Adds the terms without a minus first, then subtracts the others, so that no negation is computed."""
        terms = [(_negated(arg), arg) for arg in node.args]
        plus = [emitter.node(arg) for negated, arg in terms if negated is None]
        minus = [emitter.node(negated) for negated, _ in terms if negated is not None]
        plus.sort(key=lambda value: (not value.shape, value.kind != "real"))
        if not plus:
            return emitter.ufunc("negative", _chain(emitter, "add", minus))
        return _chain(emitter, "subtract", [_chain(emitter, "add", plus), *minus])


def is_power(node: Expression, exponent: Number) -> bool:
    """Whether the node is some base to the power of this number."""
    return isinstance(node.primitive, Power) and node.primitive.exponent == exponent


def _negated(node: Expression) -> Expression | None:
    """Minus the node, if the node is written with a minus."""
    coefficient = split(node).coefficient
    return -node if coefficient < 0 else None


def _chain(emitter: Emitter, ufunc: str, values: Sequence[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = emitter.ufunc(ufunc, result, value)
    return result


class Multiply(Elementwise):
    """The elementwise product of two or more operands; numbers and scalars first."""

    name = "multiply"
    noun = "a product"
    rule = "a product passes it on to each factor times the others"
    plain = True
    arity = None

    def canonical(self, *args: Expression) -> Expression:
        return product(args)

    def partials(self, node: Expression) -> Sequence[Expression]:
        one = constant(1)
        return [build("multiply", *node.args[:i], one, *node.args[i + 1 :]) for i in range(len(node.args))]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        """Joins the scalars, multiplies them into the smallest array and the arrays with each other; 1/x divides."""
        over = [arg for arg in node.args if is_power(arg, -1)]
        values = [emitter.node(arg) for arg in node.args if arg not in over]
        below = [emitter.node(arg.args[0]) for arg in over]
        arrays = sorted((v for v in values if v.shape), key=lambda value: value.kind != "real")
        result = _scalar(emitter, [v for v in values if not v.shape], [v for v in below if not v.shape])
        if arrays:
            result = _scaled(emitter, arrays, result)
        for value in below:
            if value.shape:
                result = emitter.ufunc("divide", emitter.literal(1.0) if result is None else result, value)
        assert result is not None  # noqa: S101 (a product has factors; told to the type checker)
        return result


def _scaled(emitter: Emitter, arrays: Sequence[Value], scalar: Value | None) -> Value:
    """The product of arrays, times a scalar: of an array that is repeated to the product's shape, before it is."""
    whole = broadcast_shapes("*", *(value.shape for value in arrays))
    smallest = min(arrays, key=lambda value: _largeness(value.shape))
    if scalar is None or smallest.shape == whole:
        result = _chain(emitter, "multiply", arrays)
        return result if scalar is None else emitter.ufunc("multiply", result, scalar)
    scaled = emitter.ufunc("multiply", smallest, scalar)
    return _chain(emitter, "multiply", [scaled if value is smallest else value for value in arrays])


def _largeness(shape: Shape) -> tuple[int, int]:
    """What orders shapes by their entries: a size with a name counts as larger than any number."""
    named, known = extent(shape)
    return len(named), known


def _scalar(emitter: Emitter, above: Sequence[Value], below: Sequence[Value]) -> Value | None:
    """The scalars of a product as one number."""
    if not below:
        return _chain(emitter, "multiply", above) if above else None
    top = _chain(emitter, "multiply", above) if above else emitter.literal(1.0)
    return emitter.ufunc("divide", top, _chain(emitter, "multiply", below))


@dataclass(frozen=True)
class Power(Elementwise):
    """x to the power of a number that is written out."""

    exponent: Number
    name = "power"
    noun = "a power"
    rule = "a power x^n multiplies it by n x^(n−1)"

    def __post_init__(self) -> None:
        if isinstance(self.exponent, bool) or not isinstance(self.exponent, int | float | Fraction):
            raise ExpressionError("An exponent must be a number that is written out, such as 2 or 0.5.")
        if abs(float(self.exponent)) > LARGEST_EXPONENT:
            raise ExpressionError(f"The exponent {self.exponent} is too large: at most {LARGEST_EXPONENT} either way.")
        object.__setattr__(self, "exponent", exact(self.exponent))

    def canonical(self, *args: Expression) -> Expression:
        (x,) = args
        if self.exponent == 1:
            return x
        if self.exponent == 0:
            return filled(1, x.shape)
        if stripped(x) is not x:
            return broadcast(self(stripped(x)), x.shape)
        merged = self._merged(x) if isinstance(self.exponent, int) else None
        return intern(self, (x,)) if merged is None else merged

    def _merged(self, x: Expression) -> Expression | None:
        """A whole power of a number, a product or a power without the power around it; None for anything else."""
        number = value_of(x)
        if number is not None:
            return self._of_number(number)
        if isinstance(x.primitive, Multiply):
            return build("multiply", *(self(factor) for factor in x.args))
        if isinstance(x.primitive, Power):
            return Power(x.primitive.exponent * self.exponent)(x.args[0])
        return None

    def _of_number(self, number: Number) -> Expression | None:
        """The power of a number as a number; None where it is undefined or too large."""
        try:
            if isinstance(number, float):
                return constant(number**self.exponent)
            bits = max(number.numerator.bit_length(), number.denominator.bit_length()) * abs(float(self.exponent))
            return constant(Fraction(number) ** self.exponent) if bits < 512 else None
        except (OverflowError, ZeroDivisionError, ExpressionError):
            return None

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [self.exponent * node.args[0] ** (self.exponent - 1)]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        named = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}.get(float(self.exponent))
        if named is not None:
            return emitter.ufunc(named, *args)
        if self.exponent == 3:
            return emitter.ufunc("multiply", emitter.ufunc("square", *args), *args)
        return emitter.ufunc("power", *args, emitter.literal(float(self.exponent)))
