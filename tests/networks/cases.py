"""Problems with numbers, generated from the registries: every layer with every loss, and the rest in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression
from chainruler.networks import Layer, Loss, Network, margins, network_of, problem_of, program_of, shapes_of, values_of

Array = NDArray[Any]
REDUCTIONS = ("mean", "mean_all", "sum", "none")
PENALTIES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"l2": 0.05},
    {"l2": 0.1, "scale": 0.5, "biases": True},
    {"l1": 0.02, "l2": 0.3},
)
LAYOUTS = ("out_in", "in_out")
MODAL = {"batch_norm", "dropout"}
"""The layers that compute in another way in inference."""
SAMPLES = 4


@dataclass(frozen=True)
class Case:
    """A problem with numbers in it."""

    document: dict[str, Any]
    parameters: dict[str, Array]
    data: dict[str, Array]
    """All that is no parameter: what a request sends as data, and running statistics."""

    @property
    def network(self) -> Network:
        """The network of its problem and shapes."""
        return network_of(problem_of(self.document), shapes_of(problem_of(self.document), self.parameters, self.data))

    def arrays(self, **changed: Array) -> dict[str, Array]:
        """The numbers of every symbol."""
        parameters = {**self.parameters, **changed}
        placed = self.network.placed(self.data)
        return values_of(problem_of(self.document), self.network, parameters, **placed).arrays


def layers() -> list[Layer]:
    """An instance of every layer for each way to use it."""
    return [example for kind in Layer.registry.values() for example in kind.examples()]


def losses() -> list[Loss]:
    """An instance of every loss for each way to use it, but formulas, which name the symbols of their own model."""
    return [example for name, kind in Loss.registry.items() if name != "formula" for example in kind.examples()]


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every layer with every loss; reductions, penalties and layouts in turn."""
    turn = cycle([(r, p, o) for o in LAYOUTS for p in range(len(PENALTIES)) for r in REDUCTIONS])
    numbers = count()
    for layer in layers():
        for loss in losses():
            reduction, penalty, layout = next(turn)
            yield (
                f"{layer.type}-{loss.type}-{reduction}-{penalty}-{layout}-{next(numbers)}",
                document(layer, loss, reduction, PENALTIES[penalty], layout),
            )
            if layer.type in MODAL and loss.type == "cross_entropy":
                calm = document(layer, loss, reduction, PENALTIES[penalty], layout)
                yield f"{layer.type}-inference-{next(numbers)}", {**calm, "mode": "inference"}


def sweep(layer: Layer) -> Iterator[tuple[str, dict[str, Any]]]:
    """A layer with every loss, reduction, penalty and layout."""
    for loss, reduction, penalty, layout in product(losses(), REDUCTIONS, PENALTIES, LAYOUTS):
        yield f"{loss}-{reduction}-{penalty}-{layout}", document(layer, loss, reduction, penalty, layout)


def document(layer: Layer, loss: Loss, reduction: str, penalty: dict[str, Any] | None, layout: str) -> dict[str, Any]:
    """The layer, and behind it what the loss needs."""
    model: list[dict[str, Any]] = [layer.document()]
    if len(layer.example_input) > 1 or layer.takes == "index":
        model.append({"type": "flatten"})
    model.append({"type": "linear", "units": loss.example_outputs})
    if loss.follows is not None:
        model.append({"type": loss.follows})
    inner = {**loss.document(), "reduction": reduction, "scale": 0.7}
    return {
        "model": {"layers": model, "layout": layout, "input": list(layer.example_input)},
        "loss": inner,
        **({"regularization": penalty} if penalty else {}),
    }


def case_of(document: dict[str, Any], seed: int = 0) -> Case:
    """The problem with random numbers, away from kinks."""
    for attempt in range(100):
        case = _drawn(document, np.random.default_rng((seed, attempt)))
        if nearest_kink(case) > 1e-3:
            return case
    raise AssertionError(f"every draw was near a kink: {document}")


def nearest_kink(case: Case) -> float:
    """The distance of the nearest number from a kink."""
    network = case.network
    distances: list[Expression] = [d for line in margins(network.system, network.still).values() for d in line]
    if not distances:
        return 1.0
    program = program_of(network.system, distances)
    return min(map(float, program(case.arrays())))


def _drawn(document: dict[str, Any], rng: np.random.Generator) -> Case:
    network = network_of(problem_of(document))
    parameters = {name: 0.7 * rng.normal(size=p.shape) for name, p in network.parameters.items()}
    data: dict[str, Array] = {}
    for key, wanted in network.inputs.items():
        shape = tuple(SAMPLES if dim == "N" else int(dim) for dim in wanted.variable.shape)
        if wanted.private:
            continue
        if wanted.variable.kind == "index":
            data[key] = rng.integers(0, wanted.limit, shape)
        elif wanted.drawn:
            data[key] = (rng.random(shape) > 0.3).astype(float)
        else:
            data[key] = rng.uniform(0.1, 0.9, shape)
    data["x"] = data["x"] if data["x"].dtype.kind == "i" else rng.normal(size=data["x"].shape)
    return Case(document, parameters, data)
