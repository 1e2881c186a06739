"""Comparisons, and what they switch: relu, where, maximum, minimum, abs, sign. Every kink's derivative is a gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression, Kind, constant, intern
from chainruler.engine.graph import variables
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.primitives.shaping import unbroadcast
from chainruler.engine.shapes import ExpressionError
from chainruler.engine.simplify import broadcast, is_zero, stripped, value_of

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value

UFUNCS = {">": "greater", ">=": "greater_equal", "<": "less", "<=": "less_equal", "==": "equal"}
SWAPPED = {"<": ">", "<=": ">="}


@dataclass(frozen=True)
class Switching(Elementwise):
    """An elementwise primitive that changes its form where its operand is 0, or where its two operands are equal."""

    def switch(self, node: Expression) -> Expression:
        """What is above 0 on one side of each switch, and below on the other."""
        left, *right = node.args
        return left - right[0] if right else left

    def margin(self, node: Expression) -> Expression | None:
        return Abs()(self.switch(node))


@dataclass(frozen=True)
class Compare(Switching):
    """1 where the relation holds, 0 elsewhere; `a < b` is kept as `b > a`, except against a number."""

    relation: str
    name = "compare"
    arity = 2
    noun = "a comparison"
    rule = "a comparison passes nothing on, because it is constant almost everywhere"

    def __post_init__(self) -> None:
        if self.relation not in UFUNCS:
            raise ExpressionError(f'"{self.relation}" is no comparison: use one of {", ".join(UFUNCS)}.')

    def canonical(self, *args: Expression) -> Expression:
        left, right = args
        if self.relation in SWAPPED and value_of(right) is None:
            return Compare(SWAPPED[self.relation])(right, left)
        return intern(self, (left, right))

    def kind(self, *args: Expression) -> Kind:
        return "gate"

    def partials(self, node: Expression) -> Sequence[None]:
        return [None] * len(node.args)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        left, right = node.args
        if self.relation == ">" and value_of(right) == 0:
            # relu(z) > 0 exactly where z > 0: the gate taken from the activation lets relu overwrite z.
            activated = emitter.known(intern(Relu(), (left,)))
            if activated is not None:
                args = (activated, args[1])
        return emitter.ufunc(UFUNCS[self.relation], *args, kind="gate")


class Relu(Switching):
    """max(x, 0), with derivative 0 at 0."""

    name = "relu"
    noun = "a ReLU"
    rule = "a ReLU passes it on where its input is positive and nothing elsewhere"
    latex = r"\phi"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [node.args[0] > 0]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.ufunc("maximum", *args, emitter.literal(0.0))


class Maximum(Switching):
    """The larger of two; where they are equal the derivative belongs to the second."""

    name = ufunc = "maximum"
    arity = 2
    noun = "a maximum"
    rule = "a maximum passes it on to the larger operand"
    latex = r"\max"

    def canonical(self, *args: Expression) -> Expression:
        left, right = args
        if value_of(right) == 0:
            return Relu()(left)
        if value_of(left) == 0:
            return Relu()(right)
        return intern(self, (left, right))

    def partials(self, node: Expression) -> Sequence[Expression]:
        left, right = node.args
        return [left > right, 1 - (left > right)]


class Minimum(Switching):
    """The smaller of two; where they are equal the derivative belongs to the second."""

    name = ufunc = "minimum"
    arity = 2
    noun = "a minimum"
    rule = "a minimum passes it on to the smaller operand"
    latex = r"\min"

    def partials(self, node: Expression) -> Sequence[Expression]:
        left, right = node.args
        return [right > left, 1 - (right > left)]


class Where(Elementwise):
    """The second operand where the first is not 0, the third elsewhere."""

    name = "where"
    arity = 3
    noun = "a choice"
    cost = 180
    rule = "a choice passes it on to the operand that was chosen"

    def canonical(self, *args: Expression) -> Expression:
        gate, on, off = args
        if on is off and on.shape == self.shape(gate, on, off):
            return on
        for chosen, other, times in ((on, off, gate), (off, on, 1 - gate)):
            number = stripped(chosen)
            if gate.kind == "gate" and is_zero(other) and not number.shape and not variables([number]):
                return broadcast(number * times, self.shape(gate, on, off))
        return intern(self, (gate, on, off))

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression | None]:
        """Selects rather than multiplies, so that an infinity on the side not taken cannot become 0 times infinity."""
        gate, on, off = node.args
        return [None, unbroadcast(self(gate, g, 0), on.shape), unbroadcast(self(gate, 0, g), off.shape)]

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression:
        gate = node.args[0]
        on, off = (constant(0) if tangent is None else tangent for tangent in tangents[1:])
        return broadcast(self(gate, on, off), node.shape)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        gate, on, off = args
        if not on.shape and not off.shape:  # two bare numbers would make float64 of a float32 program
            on = emitter.call(f"full({emitter.dims_of(node.shape)}, {{0}}, {emitter.dtype})", on, shape=node.shape)
        return emitter.call(
            "where({0}, {1}, {2})", emitter.gate(gate), emitter.real(on), emitter.real(off), shape=node.shape
        )


class Abs(Switching):
    """The absolute value, with derivative 0 at 0."""

    name = "abs"
    noun = "an absolute value"
    rule = "an absolute value multiplies it by the sign"

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [Sign()(node.args[0])]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.absolute(*args)


class Sign(Switching):
    """-1, 0 or 1."""

    name = "sign"
    noun = "a sign"
    rule = "a sign passes nothing on, because it is constant almost everywhere"
    latex = r"\operatorname{sign}"

    def partials(self, node: Expression) -> Sequence[None]:
        return [None]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        zero = emitter.literal(0.0)
        above = emitter.real(emitter.ufunc("greater", *args, zero, kind="gate"))
        return emitter.ufunc("subtract", above, emitter.ufunc("less", *args, zero, kind="gate"))
