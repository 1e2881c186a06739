"""The lines of a right derivation, and what a mistake needs to know of each: its parts and the symbols around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import mul

from chainruler.engine import (
    Expression,
    ExpressionError,
    broadcast_to,
    constant,
    substitute,
    topological,
    variables,
    vjp,
)
from chainruler.engine.primitives.arithmetic import Multiply
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.primitives.reductions import Softmax
from chainruler.grading.context import DerivationContext
from chainruler.grading.occurrences import Occurrence
from chainruler.networks.blueprint import GRADIENT, Parameter


@dataclass(frozen=True, eq=False)
class Line:
    """One line of a right derivation: `dW2 = dZ2ᵀ A1 + 2λ W2`."""

    name: str
    right: Expression
    context: DerivationContext

    @property
    def of(self) -> str:
        """What a gradient is by: W2 for dW2."""
        return self.name.removeprefix(GRADIENT) if self.is_gradient else self.name

    @property
    def symbol(self) -> Expression:
        """The variable that stands for it."""
        return self.context.symbols[self.name]

    @property
    def is_gradient(self) -> bool:
        """Whether it is a line of the backward pass."""
        return self.context.is_backward(self.name)

    @property
    def parameter(self) -> Parameter | None:
        """The parameter that it is the gradient by, if it is one."""
        return self.context.network.parameters.get(self.of) if self.is_gradient else None

    def written(self, right: Expression) -> Line:
        """The line with another right side."""
        return replace(self, right=right)

    @cached_property
    def data(self) -> Expression:
        """What it would be without a penalty."""
        factors = self.context.penalty_factors
        return substitute([self.right], factors)[0] if factors.keys() & self.uses else self.right

    @cached_property
    def penalty(self) -> Expression | None:
        """What the penalty adds; None if it adds nothing."""
        return None if self.data is self.right else self.right - self.data

    def with_data(self, data: Expression | None) -> Expression | None:
        """The line with another part in the place of what it would be without a penalty; None where they do not fit."""
        try:
            return data if self.penalty is None or data is None else data + self.penalty
        except ExpressionError:
            return None

    @cached_property
    def nodes(self) -> list[Expression]:
        """Everything it is made of, each once and after its operands."""
        return topological([self.right])

    @cached_property
    def uses(self) -> frozenset[Expression]:
        """The symbols it is made of."""
        return frozenset(variables([self.right]))

    @property
    def gradients(self) -> frozenset[Expression]:
        """The symbols of gradients that it is made of."""
        return self.uses & self.context.gradients

    @cached_property
    def slopes(self) -> tuple[Expression, ...]:
        """The factors that are the derivative of an activation: a and 1 − a, or the gate z > 0."""
        if not self.is_gradient or not isinstance(self.right.primitive, Multiply) or not self._feeds_an_activation():
            return ()
        return tuple(f for f in self.right.args if f.shape and self.context.gradients.isdisjoint(variables([f])))

    def in_slope(self, place: Occurrence) -> bool:
        """Whether a place of the right side is in, or is, a factor of an activation's derivative."""
        return bool(self.slopes and place.path) and any(self.right.args[place.path[0]] is s for s in self.slopes)

    def without(self, factors: Sequence[Expression]) -> Expression:
        """The product without some of its factors, in the same shape."""
        rest = [factor for factor in self.right.args if all(factor is not f for f in factors)]
        return broadcast_to(reduce(mul, rest, constant(1)), self.right.shape)

    @cached_property
    def activation(self) -> ActivationLine | None:
        """The only line that uses what this is the gradient by, if it is a function of each entry or a softmax."""
        consumers = self._consumers
        if len(consumers) != 1:
            return None
        (name,) = consumers
        upstream = self.context.symbols.get(f"{GRADIENT}{name}")
        if upstream is None or upstream not in self.uses or upstream.shape != self.right.shape:
            return None
        found = ActivationLine(self.context.symbols[self.of], consumers[name], self.context.symbols[name], upstream)
        return found if found.acts_on_entries or isinstance(consumers[name].primitive, Softmax) else None

    @property
    def _consumers(self) -> dict[str, Expression]:
        """The forward lines that use what this is the gradient by."""
        symbol = self.context.symbols.get(self.of) if self.is_gradient else None
        return {name: line for name, line in self.context.network.system if symbol in variables([line])}

    def _feeds_an_activation(self) -> bool:
        symbol, consumers = self.context.symbols.get(self.of), self._consumers.values()
        return bool(consumers) and all(_acts_on_each_entry_of(symbol, line) for line in consumers)


@dataclass(frozen=True)
class ActivationLine:
    """A forward line that is a function of one symbol, and what comes back to it."""

    input: Expression
    line: Expression
    value: Expression
    """The symbol of the line."""
    upstream: Expression
    """The gradient by its value."""

    @cached_property
    def acts_on_entries(self) -> bool:
        """Whether each entry of its value is made of the same entry of its input."""
        return _acts_on_each_entry_of(self.input, self.line)

    @cached_property
    def slope(self) -> Expression:
        """Its derivative, entry by entry, written in its input."""
        return vjp([self.line], [broadcast_to(constant(1), self.line.shape)], [self.input])[0]


def _acts_on_each_entry_of(symbol: Expression | None, line: Expression) -> bool:
    nodes = topological([line])
    return variables([line]) == [symbol] and all(isinstance(n.primitive, Elementwise) for n in nodes if n.args)
