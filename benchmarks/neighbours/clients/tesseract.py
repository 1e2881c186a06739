"""Tesseract's client: `apply`, then `vector_jacobian_product`; or everything as outputs of `apply`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tesseract_core import Tesseract

PARAMETERS = ["W1", "b1", "W2", "b2"]
FORMATS = {"JSON": "json", "base64": "json+base64"}


def differentiated(url: str, encoding: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """A function from arrays to loss and gradients."""
    tesseract = Tesseract.from_url(url).with_encoding(output_format=FORMATS[encoding])

    def call(values: dict[str, Any]) -> Sequence[Any]:
        inputs = _sent(values, encoding)
        loss = tesseract.apply(inputs)["loss"]
        gradients = tesseract.vector_jacobian_product(inputs, PARAMETERS, ["loss"], {"loss": 1.0})
        return [loss, *(gradients[name] for name in PARAMETERS)]

    return call


def in_one(url: str, encoding: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """The same, of the Tesseract that gives everything at once."""
    tesseract = Tesseract.from_url(url).with_encoding(output_format=FORMATS[encoding])

    def call(values: dict[str, Any]) -> Sequence[Any]:
        outputs = tesseract.apply(_sent(values, encoding))
        return [outputs[name] for name in ("loss", *PARAMETERS)]

    return call


def _sent(values: Mapping[str, Any], encoding: str) -> dict[str, Any]:
    """The inputs: its client sends every array in base64, and lists as they are."""
    return {name: value.tolist() for name, value in values.items()} if encoding == "JSON" else dict(values)
