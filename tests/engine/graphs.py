"""Random expressions: a list of steps that the engine and autograd's NumPy can both follow.

A step is an operation over earlier values. `build` follows the steps with expressions; `compute` follows them with
arrays and knows nothing of expressions, so that it is an independent interpreter of the same graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.scipy.special import logsumexp as reference_logsumexp
from hypothesis import assume
from hypothesis import strategies as st

from chainruler import engine as e
from tests.engine.samples.elementwise import sigmoid, softplus, switch
from tests.engine.samples.reductions import reference_softmax

Shape = tuple[int | str, ...]
INPUTS: dict[str, Shape] = {
    "A": ("N", 3),
    "B": ("N", 3),
    "W": (3, 4),
    "V": (4, 3),
    "b": (3,),
    "c": (4,),
    "n": ("N",),
    "s": (),
}


@dataclass(frozen=True, repr=False)
class Operation:
    """One operation in both languages; `fits` says which operands it takes, by their shapes."""

    name: str
    build: Callable[..., e.Expression]
    compute: Callable[..., Any]
    fits: Callable[..., bool]
    arity: int = 1
    kink: Callable[..., Any] | None = None
    """What must not be near 0."""

    def __repr__(self) -> str:
        return self.name


def _any(_: Shape) -> bool:
    return True


def _pair(a: Shape, b: Shape) -> bool:
    """Whether NumPy broadcasts the shapes, and a reader would."""
    return all(x == y or 1 in (x, y) for x, y in zip(a[::-1], b[::-1], strict=False))


def _product(a: Shape, b: Shape) -> bool:
    """Whether the shapes can be multiplied as matrices."""
    return bool(a and b) and a[-1] == b[-min(2, len(b))] and _pair(a[:-2], b[:-2])


def _rows(a: Shape) -> bool:
    return len(a) >= 1


def _matrix(a: Shape) -> bool:
    return len(a) >= 2


def _vectors(a: Shape, b: Shape) -> bool:
    return len(a) == len(b) == 1


def _known(a: Shape) -> bool:
    return len(a) >= 1 and isinstance(a[-1], int) and a[-1] > 1


def _joined(a: Shape, b: Shape) -> bool:
    return bool(a and b) and a[:-1] == b[:-1] and isinstance(a[-1], int) and isinstance(b[-1], int)


OPERATIONS = [
    Operation("sin", e.sin, anp.sin, _any),
    Operation("cos", e.cos, anp.cos, _any),
    Operation("tanh", e.tanh, anp.tanh, _any),
    Operation("sigmoid", e.sigmoid, sigmoid, _any),
    Operation("softplus", e.softplus, softplus, _any),
    Operation("exp", lambda x: e.exp(e.sin(x)), lambda x: anp.exp(anp.sin(x)), _any),
    Operation("log", lambda x: e.log(x**2 + 0.5), lambda x: anp.log(x**2 + 0.5), _any),
    Operation("relu", e.relu, lambda x: switch(x > 0, x, 0.0), _any, kink=lambda x: x),
    Operation("abs", e.absolute, anp.abs, _any, kink=lambda x: x),
    Operation("negative", lambda x: -x, lambda x: -x, _any),
    Operation("double", lambda x: 2 * x, lambda x: 2 * x, _any),
    Operation("less", lambda x: 1 - 0.5 * x, lambda x: 1 - 0.5 * x, _any),
    Operation("square", e.square, lambda x: x * x, _any),
    Operation("inverse", lambda x: (1 + x**2) ** -1, lambda x: 1 / (1 + x**2), _any),
    Operation("root", lambda x: e.sqrt(1 + x**2), lambda x: anp.sqrt(1 + x**2), _any),
    Operation("softmax", e.softmax, lambda x: reference_softmax(x, -1), _rows),
    Operation("logsumexp", e.logsumexp, lambda x: reference_logsumexp(x, axis=-1), _rows),
    Operation("mean", e.mean, anp.mean, _any),
    Operation("sum", lambda x: e.sum_of(x, -1), lambda x: anp.sum(x, -1), _rows),
    Operation("sum first", lambda x: e.sum_of(x, 0), lambda x: anp.sum(x, 0), _rows),
    Operation(
        "center", lambda x: x - e.mean(x, -1, keepdims=True), lambda x: x - anp.mean(x, -1, keepdims=True), _rows
    ),
    Operation("transpose", lambda x: x.T, lambda x: anp.swapaxes(x, -1, -2), _matrix),
    Operation("column", lambda x: e.reshape(x, (*x.shape, 1)), lambda x: anp.expand_dims(x, -1), lambda a: len(a) < 3),
    Operation("part", lambda x: e.part_of(x, 1, x.shape[-1]), lambda x: x[..., 1:], _known),
    Operation("add", lambda a, b: a + b, lambda a, b: a + b, _pair, 2),
    Operation("subtract", lambda a, b: a - b, lambda a, b: a - b, _pair, 2),
    Operation("multiply", lambda a, b: a * b, lambda a, b: a * b, _pair, 2),
    Operation("divide", lambda a, b: a / (2 + e.sin(b)), lambda a, b: a / (2 + anp.sin(b)), _pair, 2),
    Operation("ratio", lambda a, b: a / b, lambda a, b: a / b, _pair, 2, lambda _, b: b),
    Operation("maximum", e.maximum, lambda a, b: switch(a > b, a, b), _pair, 2, lambda a, b: a - b),
    Operation("minimum", e.minimum, lambda a, b: switch(a < b, a, b), _pair, 2, lambda a, b: a - b),
    Operation(
        "where", lambda a, b: e.where(a > b, a, 1.0), lambda a, b: switch(a > b, a, 1.0), _pair, 2, lambda a, b: a - b
    ),
    Operation("matmul", e.matmul, anp.matmul, _product, 2),
    Operation("outer", e.outer, anp.outer, _vectors, 2),
    Operation("join", lambda a, b: e.concatenate([a, b]), lambda a, b: anp.concatenate([a, b], -1), _joined, 2),
]


@dataclass(frozen=True, repr=False)
class Graph:
    """Steps over the inputs: each an operation and the places of its operands among the inputs and earlier steps."""

    steps: Sequence[tuple[Operation, tuple[int, ...]]]

    def __repr__(self) -> str:
        start = len(INPUTS)
        lines = [f"{start + i}={op.name}{places}" for i, (op, places) in enumerate(self.steps)]
        return " ".join([*(f"{i}={name}" for i, name in enumerate(INPUTS)), *lines])

    def build(self) -> list[e.Expression]:
        """Every value as an expression, the inputs first."""
        values = [e.variable(name, shape) for name, shape in INPUTS.items()]
        for operation, places in self.steps:
            values.append(operation.build(*(values[place] for place in places)))
        return values

    def compute(self, *inputs: Any, away: float = 0.0) -> list[Any]:
        """Every value as an array; a graph that comes as close as `away` to a kink is left out by hypothesis."""
        values = list(inputs)
        for operation, places in self.steps:
            operands = [values[place] for place in places]
            if away and operation.kink is not None:
                assume(np.min(np.abs(operation.kink(*operands))) > away)
            values.append(operation.compute(*operands))
        return values


def arrays(seed: int, N: int) -> list[Any]:
    """Numbers for the inputs."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.normal(size=[N if d == "N" else int(d) for d in shape])) for shape in INPUTS.values()]


@st.composite
def graphs(draw: st.DrawFn, largest: int = 12) -> Graph:
    """Graphs whose shapes fit."""
    steps: list[tuple[Operation, tuple[int, ...]]] = []
    values = Graph([]).build()
    for _ in range(draw(st.integers(1, largest))):
        operation = draw(st.sampled_from(OPERATIONS))
        fitting = list(_fitting(operation, [value.shape for value in values]))
        if fitting:
            places = draw(st.sampled_from(fitting))
            values.append(operation.build(*(values[place] for place in places)))
            steps.append((operation, places))
    return Graph(steps)


def _fitting(operation: Operation, shapes: Sequence[Shape]) -> Iterator[tuple[int, ...]]:
    """The places of operands that the operation takes, the latest values first."""
    latest = range(len(shapes) - 1, -1, -1)
    for places in product(latest, repeat=operation.arity):
        operands = [shapes[place] for place in places]
        if sum(map(len, operands)) <= 5 and operation.fits(*operands):
            yield places
