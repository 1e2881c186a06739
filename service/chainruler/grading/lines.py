"""The lines of a right derivation, and what a mistake needs to know of each: its parts and the symbols around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import mul

from chainruler.engine import (
    Expression,
    ExpressionError,
    broadcast_to,
    constant,
    label_of,
    size,
    substitute,
    topological,
    variables,
)
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.grading.places import Place
from chainruler.networks import Network
from chainruler.networks.blueprint import BATCH, GRADIENT, Parameter


class Scenery:
    """What is the same for all lines of a problem: its symbols, and what they are for."""

    def __init__(self, network: Network) -> None:
        self.network = network
        system = network.backward(inputs=network.x.kind == "real")
        self.lines = dict(system.lines)
        """Every line, forward and backward, in the order of computing."""
        free = [*(p.variable for p in network.parameters.values()), *(i.variable for i in network.inputs.values())]
        self.symbols = {label_of(v): v for v in free} | {name: system.symbol(name) for name in system.lines}
        """A variable for every name, those first that are given."""
        self.definitions = dict(system.definitions())

    @cached_property
    def gradients(self) -> frozenset[Expression]:
        """The symbols that stand for gradients."""
        return frozenset(self.symbols[name] for name in self.lines if name not in self.network.system.lines)

    @cached_property
    def targets(self) -> dict[Expression, str]:
        """The symbols that hold the targets or are made of nothing else, by name: y, and its one-hot rows Y."""
        found = {i.variable: label_of(i.variable) for key, i in self.network.inputs.items() if key == "y"}
        for name, line in self.network.system:
            used = variables([line])
            if used and all(symbol in found for symbol in used):
                found[self.symbols[name]] = name
        return found

    @cached_property
    def penalty_factors(self) -> dict[Expression, Expression]:
        """The symbols of the factors of penalties, each with 0."""
        inputs = self.network.inputs.values()
        return {i.variable: constant(0) for i in inputs if i.owner == ("regularization",)}

    @cached_property
    def batch(self) -> Expression:
        """The number of samples; 1 where a derivation is that of one sample."""
        return constant(1) if self.network.view == "sample" else size([BATCH])

    def uses(self, name: str) -> list[Expression]:
        """The symbols that a line is made of."""
        return variables([self.lines[name]])

    @property
    def outputs(self) -> int:
        """How many outputs there are for each sample."""
        shape = self.symbols[self.network.outputs].shape
        width = shape[-2 if self.network.problem.model.samples == "columns" and len(shape) > 1 else -1] if shape else 1
        return width if isinstance(width, int) else 1

    def alike(self, symbol: Expression, line: Line) -> Iterator[tuple[str, Expression]]:
        """The other symbols of the same shape that are at hand where a line is written."""
        for name, other in self.symbols.items():
            if name == line.name:
                return
            if name.removeprefix(GRADIENT) in self.network.parameters and name not in self.network.parameters:
                continue  # a gradient that is a result, and goes into nothing
            if other is not symbol and other.shape == symbol.shape and other.kind == symbol.kind:
                yield name, other


@dataclass(frozen=True, eq=False)
class Line:
    """One line of a right derivation: `dW2 = dZ2ᵀ A1 + 2λ W2`."""

    name: str
    right: Expression
    scenery: Scenery

    @property
    def of(self) -> str:
        """What a gradient is by: W2 for dW2."""
        return self.name.removeprefix(GRADIENT) if self.is_gradient else self.name

    @property
    def symbol(self) -> Expression:
        """The variable that stands for it."""
        return self.scenery.symbols[self.name]

    @property
    def is_gradient(self) -> bool:
        """Whether it is a line of the way back."""
        return self.name not in self.scenery.network.system.lines

    @property
    def parameter(self) -> Parameter | None:
        """The parameter that it is the gradient by, if it is one."""
        return self.scenery.network.parameters.get(self.of) if self.is_gradient else None

    def written(self, right: Expression) -> Line:
        """The line with another right side."""
        return replace(self, right=right)

    @cached_property
    def data(self) -> Expression:
        """What it would be without a penalty."""
        factors = self.scenery.penalty_factors
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

    @cached_property
    def slopes(self) -> tuple[Expression, ...]:
        """The factors that are the derivative of an activation: a and 1 − a, or the gate z > 0."""
        if not self.is_gradient or self.right.primitive.name != "multiply" or not self._feeds_an_activation():
            return ()
        return tuple(f for f in self.right.args if f.shape and self.scenery.gradients.isdisjoint(variables([f])))

    def in_slope(self, place: Place) -> bool:
        """Whether a place of the right side is in, or is, a factor of an activation's derivative."""
        return bool(self.slopes and place.path) and any(self.right.args[place.path[0]] is s for s in self.slopes)

    def without(self, factors: Sequence[Expression]) -> Expression:
        """The product without some of its factors, in the same shape."""
        rest = [factor for factor in self.right.args if all(factor is not f for f in factors)]
        return broadcast_to(reduce(mul, rest, constant(1)), self.right.shape)

    def _feeds_an_activation(self) -> bool:
        symbol = self.scenery.symbols.get(self.of)
        consumers = [line for _, line in self.scenery.network.system if symbol in variables([line])]
        return bool(consumers) and all(_acts_on_each_entry_of(symbol, line) for line in consumers)


def _acts_on_each_entry_of(symbol: Expression | None, line: Expression) -> bool:
    nodes = topological([line])
    return variables([line]) == [symbol] and all(isinstance(n.primitive, Elementwise) for n in nodes if n.args)
