"""A right 0, such as the gradient by a bias before batch norm, takes no diagnosis from the answers beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainruler.handlers.posing import key_to
from chainruler.handlers.problems import problems
from chainruler.schemas.grading import ProblemsRequest
from chainruler.schemas.requests import ObjectiveRequest
from tests.grading.networks import CLASSES
from tests.grading.problems import CONTEXT, codes, report

LAST: dict[str, Any] = {"type": "linear", "units": 3}
CONV: dict[str, Any] = {"type": "conv2d", "out_channels": 3, "kernel_size": 2}
NORMED: dict[str, dict[str, Any]] = {
    "linear": {
        "layers": [{"type": "linear", "units": 5}, {"type": "batch_norm"}, {"type": "relu"}, LAST],
        "input": 4,
    },
    "deep": {
        "layers": [
            *({"type": "linear", "units": 5}, {"type": "batch_norm"}, {"type": "relu"}),
            *({"type": "linear", "units": 6}, {"type": "sigmoid"}, LAST),
        ],
        "input": 4,
    },
    "images": {
        "layers": [CONV, {"type": "batch_norm"}, {"type": "tanh"}, {"type": "flatten"}, LAST],
        "input": [2, 4, 4],
    },
}
random = np.random.default_rng(2)
ZEROS: dict[str, Callable[[int], dict[str, Any]]] = {
    "zeros": lambda n: {"array": np.zeros(n)},
    "rounding": lambda n: {"array": random.normal(size=n) * 1e-18},
    "rounding of float32": lambda n: {"array": np.asarray(random.normal(size=n) * 1e-10, np.float32)},
    "typed": lambda n: {"text": ", ".join(["0"] * n)},
}


@pytest.mark.sampled(0.05)
@pytest.mark.parametrize("zero", ZEROS)
@pytest.mark.parametrize("name", NORMED)
def test_a_right_zero_leaves_the_diagnosis_of_the_others_as_it_is(name: str, zero: str) -> None:
    """Whatever known mistake is behind the others, by however much it changes what rounding leaves of the 0."""
    spec = {"model": NORMED[name], "loss": CLASSES, "regularization": {"l2": 0.03}, "seed": 1}
    problem = problems(ProblemsRequest.model_validate(spec), CONTEXT)["problem"]
    key = key_to(ObjectiveRequest.model_validate(problem), CONTEXT).key
    assert key.at_problem_values is not None
    context = key.structure.context
    parameters, last = context.network.parameters, key.structure.line(f"d{context.network.outputs}")
    extra = {"b1": ZEROS[zero](key.at_problem_values(context.symbols["db1"]).size)}
    same = 0
    for variant in key.structure.variants(last):
        made = variant.made(key.at_problem_values)
        if variant.expression.shape == last.right.shape and np.abs(made(context.symbols["db1"])).max() < 1e-12:
            wrong = {one: made(context.symbols[f"d{one}"]) for one in parameters if one.startswith(("gamma", "W1"))}
            alone, beside = (report(problem, {**wrong, **more})["results"] for more in ({}, extra))

            assert [codes(one) for one in beside[: len(alone)]] == [codes(one) for one in alone]
            assert [one["score"] for one in beside] == [*(one["score"] for one in alone), 1]
            same += codes(alone[0]) != ["unknown"]

    assert same > 5
