"""What a network will cost, worked out from shapes before any array exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from chainruler.engine import Expression, Shape, label_of, topological, variables
from chainruler.networks.blueprint import BATCH
from chainruler.networks.errors import TooLarge
from chainruler.networks.network import Network


@dataclass(frozen=True)
class Budget:
    """The largest network that is computed."""

    parameters: int = 50_000_000
    flops: int = 200_000_000_000
    numbers: int = 200_000_000
    """How many numbers the largest intermediate array may have."""
    jacobian: int = 200_000_000
    """How many numbers a Jacobian may have."""
    steps: int = 100_000
    """How many training steps one request may take."""
    training_flops: int = 2_000_000_000_000
    """How much arithmetic all of them together may take."""
    terms: int = 10_000
    """How many terms a derivation may have."""


@dataclass(frozen=True)
class Cost:
    """Arithmetic and memory of one evaluation, as sums over powers of the batch size."""

    arithmetic: Mapping[int, int]
    """How many operations go with each power of the batch size."""
    arrays: Mapping[int, int]
    """How many numbers the largest intermediate array has for each power of the batch size."""

    def flops(self, batch: int) -> int:
        """About how many additions and multiplications a batch takes."""
        return sum(factor * int(batch**power) for power, factor in self.arithmetic.items())

    def numbers(self, batch: int) -> int:
        """How many numbers the largest intermediate array has."""
        return max(factor * int(batch**power) for power, factor in self.arrays.items())


def cost_of(lines: Iterable[Expression]) -> Cost:
    """The cost of computing the lines."""
    arithmetic: dict[int, int] = {0: 0}
    arrays: dict[int, int] = {0: 0}
    for node in topological(lines):
        power, entries = _size(node.shape)
        arrays[power] = max(arrays.get(power, 0), entries)
        if node.primitive.name == "matmul":
            inner, factor = _size(node.args[0].shape[-1:])
            power, entries = power + inner, 2 * entries * factor
        else:
            power, entries = max((power, entries), *(_size(arg.shape) for arg in node.args), (0, 0))
            entries *= node.primitive.cost
        arithmetic[power] = arithmetic.get(power, 0) + (entries if node.args else 0)
    return Cost(arithmetic, arrays)


def refuse_over(budget: Budget, network: Network, batch: int, *, backward: bool = True) -> Cost:
    """The cost of outputs and loss, and of the gradients if they are computed too; refused if over the budget."""
    count = network.parameter_count
    if count > budget.parameters:
        message = f"The model has {count:,} parameters; this service computes at most {budget.parameters:,}."
        raise TooLarge("too_many_parameters", "/model", message)
    cost = network.once(
        ("cost", backward), lambda: _cost_of_all(network, backward=backward and bool(network.objective))
    )
    fewer = "Send fewer samples at a time."
    if cost.flops(batch) > budget.flops:
        message = f"This takes about {cost.flops(batch):.2g} operations; this service does at most {budget.flops:.2g}."
        raise TooLarge("too_many_operations", "/data/x", message, fewer)
    if cost.numbers(batch) > budget.numbers:
        message = (
            f"An array here has {cost.numbers(batch):,} numbers; this service makes none above {budget.numbers:,}."
        )
        raise TooLarge("too_large_intermediate", "/data/x", message, fewer)
    return cost


def _cost_of_all(network: Network, *, backward: bool) -> Cost:
    """The cost of what is computed: the lines that outputs, loss and gradients are made of."""
    lines = network.backward().lines if backward else network.system.lines
    wanted = {network.loss or network.outputs, network.outputs, *network.gradients.values()}
    kept = []
    for name in reversed(list(lines)):
        if name in wanted:
            kept.append(lines[name])
            wanted |= set(map(label_of, variables([lines[name]])))
    return cost_of(kept)


def _size(shape: Shape) -> tuple[int, int]:
    """The number of entries: a power of the batch size, and a factor."""
    return shape.count(BATCH), prod(dim for dim in shape if isinstance(dim, int))
