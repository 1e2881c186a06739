"""Loss and gradients as the outputs of one Tesseract: fewer requests than Tesseract's own way, `tesseract_api`."""

from __future__ import annotations

from pydantic import BaseModel
from tesseract_core.runtime import Array, Float64, Int64

from benchmarks.engine.baselines import textbook


class InputSchema(BaseModel):
    """Data and parameters."""

    X: Array[(None, None), Float64]
    y: Array[(None,), Int64]
    W1: Array[(None, None), Float64]
    b1: Array[(None,), Float64]
    W2: Array[(None, None), Float64]
    b2: Array[(None,), Float64]


class OutputSchema(BaseModel):
    """The loss, and its gradient by each parameter under the parameter's name."""

    loss: Float64
    W1: Array[(None, None), Float64]
    b1: Array[(None,), Float64]
    W2: Array[(None, None), Float64]
    b2: Array[(None,), Float64]


def apply(inputs: InputSchema) -> OutputSchema:
    """The loss and all gradients."""
    found = textbook(*dict(inputs).values())
    return OutputSchema(**dict(zip(OutputSchema.model_fields, found, strict=True)))
