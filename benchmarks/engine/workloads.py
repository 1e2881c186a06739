"""What is computed: the networks S, M, L and B, as systems of the engine, with data and parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import (
    Expression,
    Program,
    System,
    backpropagate,
    label_of,
    logsumexp,
    mean,
    relu,
    select,
    variable,
)

Values = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Workload:
    """A ReLU network with softmax cross-entropy on class indices: its layer sizes, inputs first, and its batch."""

    name: str
    sizes: tuple[int, ...]
    batch: int

    def __str__(self) -> str:
        return f"{self.name} = {'-'.join(map(str, self.sizes))}, N={self.batch}"

    @property
    def parameters(self) -> list[Expression]:
        """W1, b1, W2, b2, …: weights (out, in)."""
        layers = list(enumerate(pairwise(self.sizes), 1))
        return [p for i, (n, m) in layers for p in (variable(f"W{i}", (m, n)), variable(f"b{i}", (m,)))]

    def system(self) -> System:
        """The network and its loss J."""
        lines: dict[str, Expression] = {}
        z = activation = variable("X", ("N", self.sizes[0]))
        weights = self.parameters
        for i, size in enumerate(self.sizes[1:], 1):
            lines[f"Z{i}"] = activation @ weights[2 * i - 2].T + weights[2 * i - 1]
            z = variable(f"Z{i}", ("N", size))
            if i < len(self.sizes) - 1:
                lines[f"A{i}"] = relu(z)
                activation = variable(f"A{i}", ("N", size))
        lines["J"] = mean(logsumexp(z) - select(z, variable("y", ("N",), "index")))
        return System(lines)

    def document(self) -> dict[str, Any]:
        """The model and its loss, as they are posted."""
        layers: list[dict[str, Any]] = []
        for _ in self.sizes[1:]:
            layers += [{"type": "linear"}, {"type": "relu"}]
        return {"model": {"layers": layers[:-1]}, "loss": {"type": "cross_entropy"}}

    def arrays(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters and the data, as they are posted."""
        values = dict(self.values())
        data = {"x": values.pop("X"), "y": values.pop("y")}
        return values, data

    def loss(self) -> Expression:
        """The loss in terms of data and parameters alone."""
        system = self.system()
        return system.expanded([system.symbol("J")])[0]

    def values(self, seed: int = 0) -> Values:
        """Data and parameters of which no number is special."""
        rng = np.random.default_rng(seed)
        values: Values = {
            "X": rng.normal(size=(self.batch, self.sizes[0])),
            "y": rng.integers(self.sizes[-1], size=self.batch),
        }
        for parameter in self.parameters:
            values[label_of(parameter)] = rng.normal(size=_numbers(parameter.shape)) / np.sqrt(self.sizes[0])
        return values


def _numbers(shape: Sequence[int | str]) -> tuple[int, ...]:
    """The shape of a parameter, whose sizes are all known."""
    return tuple(dim for dim in shape if isinstance(dim, int))


def gradient_program(workload: Workload) -> Program:
    """The loss and the gradient of every parameter, as the service computes them."""
    system = backpropagate(workload.system(), "J", workload.parameters)
    return system.program(["J", *(f"d{label_of(p)}" for p in workload.parameters)])


def bare(program: Program, values: Values) -> Callable[[], Any]:
    """The generated function over arrays that fit."""
    return partial(program.unchecked, *(values[label_of(v)] for v in program.inputs))


S = Workload("S", (4, 10, 3), 150)
M = Workload("M", (784, 128, 10), 128)
L = Workload("L", (1024, 1024, 10), 64)
B = Workload("B", (784, 10), 1000)
ALL = (S, M, L, B)
