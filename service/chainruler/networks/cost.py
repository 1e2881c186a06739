"""What a network will cost, worked out from shapes before any array exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Cost:
    """Arithmetic and memory of one evaluation of some lines."""

    flops: int
    numbers: int


def cost_of(lines: Iterable[Expression], batch: int) -> Cost:
    """The cost of computing the lines for a batch of this size."""
    sizes = {BATCH: batch}
    flops = largest = 0
    for node in topological(lines):
        entries = _entries(node.shape, sizes)
        largest = max(largest, entries)
        if node.primitive.name == "matmul":
            flops += 2 * entries * _entries(node.args[0].shape[-1:], sizes)
        elif node.args:
            flops += max(entries, *(_entries(arg.shape, sizes) for arg in node.args))
    return Cost(flops, largest)


def refuse_over(budget: Budget, network: Network, batch: int, *, gradients: bool = True) -> Cost:
    """The cost of the network, refused if it is over the budget."""
    count = network.parameter_count
    if count > budget.parameters:
        message = f"The model has {count:,} parameters; this service computes at most {budget.parameters:,}."
        raise TooLarge("too_many_parameters", "/model", message)
    system = network.backward() if gradients and network.objective else network.system
    cost = cost_of(_at_most(system.lines, network), batch)
    if cost.flops > budget.flops:
        message = f"This takes about {cost.flops:.2g} operations; this service does at most {budget.flops:.2g} at once."
        raise TooLarge("too_many_operations", "/data/x", message, "Send fewer samples at a time.")
    if cost.numbers > budget.numbers:
        message = (
            f"An intermediate array has {cost.numbers:,} numbers; this service makes none above {budget.numbers:,}."
        )
        raise TooLarge("too_large_intermediate", "/data/x", message, "Send fewer samples at a time.")
    return cost


def _at_most(lines: Mapping[str, Expression], network: Network) -> list[Expression]:
    """The lines that are computed: those that something computed is made of."""
    wanted = {network.loss or network.outputs, *network.gradients.values()}
    kept = []
    for name in reversed(list(lines)):
        if name in wanted:
            kept.append(lines[name])
            wanted |= set(map(label_of, variables([lines[name]])))
    return kept


def _entries(shape: Shape, sizes: Mapping[str, int]) -> int:
    count = 1
    for dim in shape:
        count *= dim if isinstance(dim, int) else sizes[dim]
    return count
