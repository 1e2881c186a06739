"""chainruler's client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from chainruler_client import Client

ENCODINGS: dict[str, Literal["json", "base64", "safetensors"]]
ENCODINGS = {"JSON": "json", "base64": "base64", "safetensors": "safetensors"}
MODEL = {"layers": [{"type": "linear"}, {"type": "relu"}, {"type": "linear"}]}


def gradients(url: str, encoding: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """A function from arrays to loss and gradients."""
    client = Client(url, encoding=ENCODINGS[encoding])

    def call(values: dict[str, Any]) -> Sequence[Any]:
        data = {"x": values["X"], "y": values["y"]}
        parameters = {name: value for name, value in values.items() if name not in "Xy"}
        result = client.gradients(model=MODEL, loss={"type": "cross_entropy"}, parameters=parameters, data=data)
        return [result.loss, *result.gradients.values()]

    return call
