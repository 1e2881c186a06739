"""A good request, and changes to it that make it one to be refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainruler.networks import (
    Budget,
    SpecError,
    prepared,
    problem_of,
)

Request = dict[str, Any]
Change = Callable[[Request], Any]


def good() -> Request:
    """A 4-8-3 network with everything right."""
    rng = np.random.default_rng(0)
    return {
        "model": {"layers": [{"type": "linear"}, {"type": "relu"}, {"type": "linear"}]},
        "loss": {"type": "cross_entropy"},
        "regularization": {"l2": 0.1},
        "parameters": {
            "W1": rng.normal(size=(8, 4)),
            "b1": np.zeros(8),
            "W2": rng.normal(size=(3, 8)),
            "b2": np.zeros(3),
        },
        "data": {"x": rng.normal(size=(20, 4)), "y": np.arange(20) % 3},
    }


def run(request: Request) -> None:
    """What a handler does with a request, up to the first number that would be computed."""
    budget = Budget(parameters=1000, flops=60_000_000, numbers=100_000)
    prepared(problem_of(request), request["parameters"], request["data"], budget)


def model(*layers: Request, **more: Any) -> Change:
    """Changes the model."""
    return lambda r: r.update(model={"layers": list(layers), **more})


def loss(**fields: Any) -> Change:
    """Changes the loss."""
    return lambda r: r.update(loss=fields)


def both(*changes: Change) -> Change:
    """One change after the other."""
    return lambda r: [change(r) for change in changes]


def regression(y: Any) -> Change:
    """Changes the problem to a regression with one output."""
    return lambda r: (
        r.update(loss={"type": "squared_error"}),
        r["parameters"].update(W2=np.ones((1, 8)), b2=np.zeros(1)),
        r["data"].update(y=y),
    )


def sent(where: str, **arrays: Any) -> Change:
    """Changes parameters or data."""
    return lambda r: r[where].update(arrays)


def without(where: str, name: str) -> Change:
    """Leaves something out."""
    return lambda r: r[where].pop(name)


RELU, LINEAR = {"type": "relu"}, {"type": "linear"}


def refused(change: Change) -> tuple[str, str, str]:
    """Code, pointer and words of the refusal of a changed request."""
    request = good()
    change(request)
    with pytest.raises(SpecError) as caught:
        run(request)
    error = caught.value
    return error.code, error.pointer, error.message + (f" {error.hint}" if error.hint else "")
