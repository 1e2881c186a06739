"""Problems of every kind, and derivations of them that go on from a wrong array."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from chainruler.engine import Evaluation
from chainruler.grading.key import AnswerKey
from chainruler.handlers.posing import key_to
from chainruler.handlers.problems import problems
from chainruler.schemas.grading import ProblemsRequest
from chainruler.schemas.requests import ObjectiveRequest
from tests.grading.networks import CLASSES, NETWORKS, RELU
from tests.grading.problems import CONTEXT, Array, Arrays

PLAIN: dict[str, dict[str, Any]] = {
    "classifier": {"model": {"layers": RELU, "input": 5}, "loss": CLASSES, "regularization": {"l2": 0.1}},
    "mean of all": {"model": {"layers": RELU, "input": 5}, "loss": {"type": "squared_error", "reduction": "mean_all"}},
    "half the sum": {
        "model": {"layers": RELU, "input": 5},
        "loss": {"type": "squared_error", "reduction": "sum", "scale": 0.5},
    },
    "binary": {"model": {"layers": RELU, "input": 5}, "loss": {"type": "binary_cross_entropy"}},
}
EVERY = {**NETWORKS, **PLAIN}


@cache
def posed(name: str) -> tuple[dict[str, Any], AnswerKey]:
    """A problem with numbers, and its key."""
    problem = problems(ProblemsRequest.model_validate({**EVERY[name], "seed": 3}), CONTEXT)["problem"]
    return problem, key_to(ObjectiveRequest.model_validate(problem), CONTEXT).key


def given(key: AnswerKey) -> Iterator[Array]:
    """What the forward pass comes to in the shape of the outputs, and the targets, as arrays of numbers."""
    assert key.at_problem_values is not None
    context = key.structure.context
    shape = key.at_problem_values(context.symbols[context.network.outputs]).shape
    for symbol in (*(context.symbols[name] for name in context.network.system.lines), *context.targets):
        value = key.at_problem_values(symbol)
        rows = np.eye(shape[-1])[value] if value.dtype.kind == "i" and value.ndim == 1 else value
        if rows.shape == shape and rows.std() > 0:
            yield np.asarray(rows, np.float64)


def started(key: AnswerKey, signal: Array) -> Evaluation:
    """The derivation in which the gradient by the outputs is another, and what follows is right."""
    assert key.at_problem_values is not None
    context = key.structure.context
    return key.at_problem_values.with_values({context.symbols[signal_of(key)]: signal}, context.passing)


def following(key: AnswerKey, signal: Array) -> Arrays:
    """A gradient by the outputs, and what follows from it in right steps for every parameter."""
    values, context = started(key, signal), key.structure.context
    return {context.network.outputs: signal} | {
        name: values(context.symbols[f"d{name}"]) for name in context.network.parameters
    }


def signal_of(key: AnswerKey) -> str:
    """The name of the line that is the gradient by the outputs."""
    return f"d{key.structure.context.network.outputs}"
