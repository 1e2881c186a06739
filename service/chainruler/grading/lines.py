"""The lines of a right derivation, and what a mistake needs to know of each: its parts and the symbols around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    variable,
    variables,
    vjp,
)
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.grading.places import Place, places
from chainruler.networks import Network
from chainruler.networks.blueprint import BATCH, GRADIENT, Parameter


class Scenery:
    """What is the same for all lines of a problem: its symbols, and what they are for."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.learnt = [parameter.variable for parameter in network.parameters.values()]
        """What gradients are wanted by: the parameters, and the data if they are numbers."""
        self.learnt += [network.x] if network.x.kind == "real" else []
        system = network.backward(inputs=network.x.kind == "real")
        self.lines = dict(system.lines)
        """Every line, forward and backward, in the order of computing."""
        free = [*(p.variable for p in network.parameters.values()), *(i.variable for i in network.inputs.values())]
        self.symbols = {label_of(v): v for v in free} | {name: system.symbol(name) for name in system.lines}
        """A variable for every name, those first that are given."""
        self.definitions = dict(system.definitions())
        self.passing = {
            symbol: self.lines[label_of(symbol)]
            for symbol, way in self.definitions.items()
            if self.is_backward(label_of(symbol)) and self.lines.get(label_of(symbol)) not in {None, way}
        }
        """The backward lines that are computed past others, for accuracy: a mistake in those would not reach them."""

    @cached_property
    def position(self) -> Expression | None:
        """The numbers of the samples, 0 to N − 1; None in a derivation of one sample."""
        return variable("sample", (BATCH,), "index") if self.network.view == "batch" else None

    def rewritten(self, nodes: Mapping[Expression, Expression]) -> dict[str, Expression]:
        """The forward lines that hold any of these nodes, with others in their places."""
        names, lines = zip(*self.network.system, strict=True)
        new = dict(zip(names, substitute(lines, nodes), strict=True))
        return {name: right for name, right in new.items() if right is not self.lines[name]}

    def forms(self, line: Line) -> list[Line]:
        """A line, and the same written past others: p − y for what goes back through a logarithm and a softmax."""
        if line.right is not self.lines[line.name]:
            return [line]
        if line.symbol not in self.passing:
            return [line, *self._split(line)]
        short = self.definitions[line.symbol]
        sums = [n for n in topological([short]) if n.primitive.name == "sum" and n.args[0] in self.targets]
        loss = self.network.problem.loss
        if loss is not None and loss.targets == "classes":  # the targets of a sample sum to 1
            (short,) = substitute([short], {n: broadcast_to(constant(1), n.shape) for n in sums})
        return [line, line.written(short)] if self.known.issuperset(variables([short])) else [line]

    def _split(self, line: Line) -> Iterator[Line]:
        """A line with σ − y written as (1 − y) σ − y (1 − σ), as it comes from the two terms of the loss."""
        for place in places(line.right) if line.is_gradient else ():
            ps = [term for term in place.node.args if term.primitive.name == "sigmoid"]
            if place.node.primitive.name == "add" and len(ps) == 1 and len(place.node.args) == 2:
                y = ps[0] - place.node
                split = place.replaced((1 - y) * ps[0] - y * (1 - ps[0])) if y in self.targets else None
                if split is not None:
                    yield line.written(split)

    @cached_property
    def known(self) -> frozenset[Expression]:
        """Everything that has a name."""
        return frozenset(self.symbols.values())

    @cached_property
    def gradients(self) -> frozenset[Expression]:
        """The symbols that stand for gradients."""
        return frozenset(self.symbols[name] for name in self.lines if self.is_backward(name))

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

    def is_backward(self, name: str) -> bool:
        """Whether a line is one of the backward pass."""
        return name not in self.network.system.lines

    def uses(self, name: str) -> list[Expression]:
        """The symbols that a line is made of."""
        return variables([self.lines[name]])

    @cached_property
    def order(self) -> dict[str, int]:
        """The number of each line, in the order of computing."""
        return {name: number for number, name in enumerate(self.lines)}

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
        return self.scenery.is_backward(self.name)

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

    @property
    def gradients(self) -> frozenset[Expression]:
        """The symbols of gradients that it is made of."""
        return self.uses & self.scenery.gradients

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

    @cached_property
    def activation(self) -> Activation | None:
        """The only line that uses what this is the gradient by, if it is a function of each entry or a softmax."""
        consumers = self._consumers
        if len(consumers) != 1:
            return None
        (name,) = consumers
        upstream = self.scenery.symbols.get(f"{GRADIENT}{name}")
        if upstream is None or upstream not in self.uses or upstream.shape != self.right.shape:
            return None
        found = Activation(self.scenery.symbols[self.of], consumers[name], self.scenery.symbols[name], upstream)
        return found if found.acts_on_entries or consumers[name].primitive.name == "softmax" else None

    @property
    def _consumers(self) -> dict[str, Expression]:
        """The forward lines that use what this is the gradient by."""
        symbol = self.scenery.symbols.get(self.of) if self.is_gradient else None
        return {name: line for name, line in self.scenery.network.system if symbol in variables([line])}

    def _feeds_an_activation(self) -> bool:
        symbol, consumers = self.scenery.symbols.get(self.of), self._consumers.values()
        return bool(consumers) and all(_acts_on_each_entry_of(symbol, line) for line in consumers)


@dataclass(frozen=True)
class Activation:
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
