"""httpx with lists, kept open between calls, as a user of an endpoint without a client of its own writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import httpx
import numpy as np


def posted(url: str, encoding: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """A function from arrays to loss and gradients."""
    client = httpx.Client(base_url=url, timeout=60)

    def call(values: dict[str, Any]) -> Sequence[Any]:
        X, y, *parameters = [value.tolist() for value in values.values()]
        problem = {"x": X, "y": y, "weights": parameters[::2], "biases": parameters[1::2]}
        answer = client.post("/gradients", json=problem).raise_for_status().json()
        return [answer["loss"], *map(np.array, chain(*zip(answer["weights"], answer["biases"], strict=True)))]

    return call
