"""The calls of the service as tests make them: a document in, an answer out, and no HTTP in between."""

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from chainruler.calls.table import LOOK_UPS
from chainruler.handlers.context import Context
from chainruler.handlers.derivation import derivation
from chainruler.handlers.differentiate import differentiate
from chainruler.handlers.gradcheck import gradcheck
from chainruler.handlers.gradients import forward, gradients
from chainruler.handlers.products import hvp, jacobian, jvp, vjp
from chainruler.handlers.step import step
from chainruler.networks import Budget
from chainruler.schemas import requests
from chainruler.schemas.reading import read_request

Document = dict[str, Any]
Answer = dict[str, Any]

CONTEXT = Context(
    Budget(parameters=100_000, flops=500_000_000, numbers=1_000_000, jacobian=1_000_000, training_flops=2_000_000_000)
)
CALLS: dict[str, tuple[type[requests.Request], Callable[..., Answer]]] = {
    "forward": (requests.ForwardRequest, forward),
    "gradients": (requests.GradientsRequest, gradients),
    "jacobian": (requests.JacobianRequest, jacobian),
    "jvp": (requests.JvpRequest, jvp),
    "vjp": (requests.VjpRequest, vjp),
    "hvp": (requests.HvpRequest, hvp),
    "step": (requests.StepRequest, step),
    "gradcheck": (requests.GradcheckRequest, gradcheck),
    "derivation": (requests.DerivationRequest, derivation),
    "differentiate": (requests.DifferentiateRequest, differentiate),
}


def call(name: str, document: object) -> Answer:
    """The answer of a call to a document."""
    kind, handler = CALLS[name]
    request = read_request(kind, document)
    return handler(request, CONTEXT)


def looked_up(call: str, **parameters: str) -> Answer:
    """What a look-up of the table answers."""
    (found,) = (one for one in LOOK_UPS if one.name == call)
    answer: Answer = found.handler(found.request(**parameters), CONTEXT)
    return answer


def sent(value: Any) -> Any:
    """A value as JSON brings it to whoever reads it: numbers, texts, lists and objects."""
    return json.loads(json.dumps(value, default=lambda array: array.tolist()))


def changed(document: Document, place: str, value: Any) -> Document:
    """The document with another value at a place: "model.layers.0.units"; `...` takes away what is there."""
    result = copy.deepcopy(document)
    *way, last = [int(key) if key.isdecimal() else key for key in place.split(".")]
    inner: Any = result
    for key in way:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return result


def two_layers(**more: Any) -> Document:
    """A 4-3-2 classifier of five samples with everything right, in plain lists."""
    rng = np.random.default_rng(0)
    document: Document = {
        "model": {"layers": [{"type": "linear"}, {"type": "tanh"}, {"type": "linear"}]},
        "loss": {"type": "cross_entropy"},
        "regularization": {"l2": 0.1},
        "parameters": {
            "W1": rng.normal(size=(3, 4)).round(3),
            "b1": rng.normal(size=3).round(3),
            "W2": rng.normal(size=(2, 3)).round(3),
            "b2": rng.normal(size=2).round(3),
        },
        "data": {"x": rng.normal(size=(5, 4)).round(3), "y": [0, 1, 1, 0, 1]},
    }
    good: Document = sent(document | more)
    return good


GOOD: dict[str, Document] = {
    "forward": two_layers(include=["intermediates"]),
    "gradients": two_layers(include=["outputs", "per_sample"], dtype="float32"),
    "jacobian": two_layers(of="Z2", with_respect_to="W1", form="dense"),
    "jvp": two_layers(of="Z2", vectors={"W1": np.ones((3, 4)), "b2": np.ones(2)}),
    "vjp": two_layers(of="Z2", with_respect_to=["W1", "X"], vector=np.ones((5, 2))),
    "hvp": two_layers(vectors={"W1": np.ones((3, 4)), "b2": np.ones(2)}),
    "step": two_layers(
        optimizer={"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
        optimizer_state={
            "step": 1,
            "velocity": {"W1": np.ones((3, 4)), "b1": np.ones(3), "W2": np.ones((2, 3)), "b2": np.ones(2)},
        },
        steps=2,
    ),
    "gradcheck": two_layers(gradients={"b1": np.ones(3), "b2": np.ones(2)}, entries=2, seed=1),
    "derivation": two_layers(),
    "differentiate": {
        "formula": "sum((W @ x - y)**2)",
        "syntax": "numpy",
        "variables": {"W": [[1.5, 2.0], [0.5, -1.0]], "x": [0.5, 0.25], "y": {"shape": [2]}},
        "with_respect_to": ["W"],
    },
}
"""A request of each call that is answered."""
