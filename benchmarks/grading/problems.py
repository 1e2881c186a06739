"""What is graded: the textbook systems and generated networks, each with numbers that the service issues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler import textbook
from chainruler.calls.limits import RequestLimits
from chainruler.grading.explaining import start_of
from chainruler.grading.explanation import Explanation
from chainruler.grading.key import AnswerKey
from chainruler.grading.variants import Variant
from chainruler.handlers.context import Context
from chainruler.handlers.grading import grade
from chainruler.handlers.posing import key_to
from chainruler.handlers.problems import problems
from chainruler.schemas.grading import GradeRequest, ProblemsRequest
from chainruler.schemas.requests import ObjectiveRequest

Array = NDArray[Any]
Report = dict[str, Any]

CONTEXT = Context(RequestLimits().of_computing(), (b"the key of the benchmarks",))
GENERATED = 20
ACTIVATIONS = ("relu", "sigmoid", "tanh", "softplus", "leaky_relu", "silu")
LOSSES: tuple[dict[str, Any], ...] = (
    {"type": "cross_entropy"},
    {"type": "cross_entropy", "reduction": "sum"},
    {"type": "squared_error"},
    {"type": "squared_error", "scale": 0.5, "reduction": "sum"},
    {"type": "binary_cross_entropy"},
)
PENALTIES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"l2": 0.07},
    {"l2": 0.3, "scale": 0.5},
    {"l2": 0.07, "biases": True},
)


@dataclass(frozen=True)
class Graded:
    """A problem and its right answers."""

    name: str
    document: dict[str, Any]

    @cached_property
    def key(self) -> AnswerKey:
        """The right derivation."""
        return key_to(ObjectiveRequest.model_validate(self.document), CONTEXT).key

    @cached_property
    def right(self) -> dict[str, Array]:
        """The gradient by every parameter."""
        return self._gradients(())

    def broken(self, *mistakes: Variant) -> dict[str, Array]:
        """The gradients of somebody who makes these mistakes, each in its line, in the order of lines."""
        return self._gradients(mistakes)

    def _gradients(self, mistakes: Explanation) -> dict[str, Array]:
        start, symbols = start_of(self.key), self.key.structure.context.symbols
        assert start is not None
        values = start.evaluations[0]
        for variant in mistakes:
            values = variant.made(values)
        return {name: values(symbols[f"d{name}"]) for name in self.key.structure.context.network.parameters}

    def mistakes(self) -> Iterator[Variant]:
        """Every single mistake, at every place, that leaves a line its shape."""
        structure, objective = self.key.structure, self.key.structure.context.network.objective
        for name in structure.context.lines:
            line = structure.line(name)
            if name != objective:
                yield from (v for v in structure.variants(line) if v.expression.shape == line.right.shape)

    def second(self, first: Variant) -> list[Variant]:
        """The mistakes that can be made besides a first one: in another line, or in the same one as it is now."""
        structure, name = self.key.structure, first.line.name
        others = [variant for variant in self.mistakes() if variant.line.name != name]
        broken = structure.variants(structure.broken(first))
        return others + [variant for variant in broken if variant.expression.shape == first.line.right.shape]

    def report(self, answers: dict[str, Any], **options: Any) -> Report:
        """What is answered."""
        told = {name: answer if isinstance(answer, dict) else {"array": answer} for name, answer in answers.items()}
        return grade(GradeRequest.model_validate({"problem": self.document, "answers": told, **options}), CONTEXT)

    def in_order(self, *mistakes: Variant) -> Explanation:
        """The mistakes in the order of their lines."""
        order = list(self.key.structure.context.lines)
        return tuple(sorted(mistakes, key=lambda variant: order.index(variant.line.name)))

    def is_the_same(self, some: Explanation, others: Explanation) -> bool:
        """Whether two explanations are one function, as other numbers tell, of another batch size and another λ."""
        symbols = [self.key.structure.context.symbols[f"d{name}"] for name in self.right]
        sides = []
        for explanation in (some, others):
            values = self.key.structure.probe_point
            for variant in explanation:
                values = variant.made(values)
            sides.append([values(symbol) for symbol in symbols])
        return all(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(*sides, strict=True))


def issued(name: str, asked: dict[str, Any], seed: int) -> Graded:
    """A problem as the service issues it."""
    wanted = {key: asked[key] for key in ("model", "loss", "regularization") if key in asked}
    return Graded(name, problems(ProblemsRequest.model_validate({**wanted, "seed": seed}), CONTEXT)["problem"])


def systems(count: int, seeds: int) -> Iterator[Graded]:
    """The textbook systems and so many generated networks, each with several seeds."""
    described = {name: _sized(textbook.problem(name)) for name in textbook.names()}
    described |= {f"generated {number}": generated(number) for number in range(count)}
    for name, asked in described.items():
        for seed in range(seeds):
            yield issued(name, asked, seed)


def _sized(problem: dict[str, Any]) -> dict[str, Any]:
    """A textbook's problem; where classes are drawn by number, it needs as many as it has."""
    if problem["loss"]["type"] != "sampled_softmax":
        return problem
    (layer,) = problem["model"]["layers"]
    return {**problem, "model": {**problem["model"], "layers": [{**layer, "units": 10}]}}


def generated(number: int) -> dict[str, Any]:
    """A network of one to three linear layers with some activations, loss, penalty and layout."""
    random = Random(number)  # noqa: S311 (the same networks every time)
    layers: list[dict[str, Any]] = []
    for _ in range(random.randint(0, 2)):
        layers += [{"type": "linear"}, {"type": random.choice(ACTIVATIONS)}]
    model = {"layers": [*layers, {"type": "linear"}], "layout": random.choice(["out_in", "in_out"])}
    model["samples"] = random.choice(["rows", "rows", "columns"])
    penalty = random.choice(PENALTIES)
    asked = {"model": model, "loss": random.choice(LOSSES)}
    return asked if penalty is None else {**asked, "regularization": penalty}
