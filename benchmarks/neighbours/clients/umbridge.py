"""UM-Bridge's client: the model's value, then its gradient by each parameter; or everything as its outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import umbridge


def by_parameter(url: str, encoding: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """A function from arrays to loss and gradients."""
    model = umbridge.HTTPModel(url, "loss")

    def call(values: dict[str, Any]) -> Sequence[Any]:
        inputs, config = _sent(values)
        ((loss,),) = model(inputs, config)
        return [loss, *(np.array(model.gradient(0, i, inputs, [1.0], config)) for i in range(2, len(inputs)))]

    return call


def in_one(url: str, encoding: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """The same, of the model that gives everything at once."""
    model = umbridge.HTTPModel(url, "loss and gradients")

    def call(values: dict[str, Any]) -> Sequence[Any]:
        (loss,), *gradients = model(*_sent(values))
        return [loss, *map(np.array, gradients)]

    return call


def _sent(values: dict[str, Any]) -> tuple[list[list[float]], dict[str, Any]]:
    """Flat vectors, and the sizes that the model needs to give them a shape."""
    sizes = [values["X"].shape[1], len(values["b1"]), len(values["b2"])]
    return [value.ravel().tolist() for value in values.values()], {"sizes": sizes, "batch": len(values["X"])}
