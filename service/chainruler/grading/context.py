"""What is the same for all lines of a derivation: its symbols, and what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from chainruler.engine import (
    Expression,
    broadcast_to,
    constant,
    label_of,
    onehot,
    size,
    substitute,
    topological,
    variable,
    variables,
)
from chainruler.engine.primitives.arithmetic import Add
from chainruler.engine.primitives.elementwise import Sigmoid
from chainruler.engine.primitives.reductions import Sum
from chainruler.grading.occurrences import places
from chainruler.grading.switches import switches_of
from chainruler.networks import Network, margins
from chainruler.networks.blueprint import BATCH, GRADIENT

if TYPE_CHECKING:
    from chainruler.grading.lines import Line


class DerivationContext:
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
        sums = [n for n in topological([short]) if isinstance(n.primitive, Sum) and n.args[0] in self.targets]
        loss = self.network.problem.loss
        if loss is not None and loss.targets == "classes":  # the targets of a sample sum to 1
            (short,) = substitute([short], {n: broadcast_to(constant(1), n.shape) for n in sums})
        return [line, line.written(short)] if self.known.issuperset(variables([short])) else [line]

    def _split(self, line: Line) -> Iterator[Line]:
        """A line with σ − y written as (1 − y) σ − y (1 − σ), as it comes from the two terms of the loss."""
        for place in places(line.right) if line.is_gradient else ():
            ps = [term for term in place.node.args if isinstance(term.primitive, Sigmoid)]
            if isinstance(place.node.primitive, Add) and len(ps) == 1 and len(place.node.args) == 2:
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
    def margins(self) -> list[Expression]:
        """How far the nearest entry is from each kink."""
        return [
            distance for of_line in margins(self.network.system, self.network.still).values() for distance in of_line
        ]

    @cached_property
    def switches(self) -> list[Expression]:
        """What is above zero on one side of each switch of the right lines, and below on the other."""
        return switches_of(line for _, line in self.network.system)

    @cached_property
    def scores(self) -> list[str]:
        """The lines up to the outputs, which the loss is made of."""
        names = list(self.network.system.lines)
        last = names.index(self.network.outputs) + 1 if self.network.outputs in names else 0
        return [name for name in names[:last] if self.symbols[name].kind == "real"]

    @cached_property
    def rows(self) -> dict[Expression, Expression]:
        """The one-hot rows that symbols of class numbers stand for in arithmetic."""
        found = {}
        for wanted in self.network.inputs.values():
            if wanted.key == "y" and wanted.variable.kind == "index" and wanted.limit is not None:
                made = [
                    symbol for symbol, name in self.targets.items() if name in self.lines and symbol.kind != "index"
                ]
                rows = onehot(wanted.variable, wanted.limit)
                in_columns = rows.ndim > 1 and self.network.problem.model.samples == "columns"
                found[wanted.variable] = made[0] if made else rows.T if in_columns else rows
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
        return self._uses[name]

    @cached_property
    def _uses(self) -> dict[str, list[Expression]]:
        return {name: variables([right]) for name, right in self.lines.items()}

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
