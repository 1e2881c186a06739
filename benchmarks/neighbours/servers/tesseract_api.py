"""The loss as a Tesseract, as its documentation has it: `apply` gives it, `vector_jacobian_product` its gradients.

Served by `tesseract-runtime serve`, in the neighbours' environment.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel
from tesseract_core.runtime import Array, Differentiable, Float64, Int64

from benchmarks.engine.baselines import textbook
from benchmarks.neighbours.servers.forward import loss

PARAMETERS = ("W1", "b1", "W2", "b2")


class InputSchema(BaseModel):
    """Data and parameters."""

    X: Array[(None, None), Float64]
    y: Array[(None,), Int64]
    W1: Differentiable[Array[(None, None), Float64]]
    b1: Differentiable[Array[(None,), Float64]]
    W2: Differentiable[Array[(None, None), Float64]]
    b2: Differentiable[Array[(None,), Float64]]


class OutputSchema(BaseModel):
    """The loss."""

    loss: Differentiable[Float64]


def apply(inputs: InputSchema) -> OutputSchema:
    """The loss."""
    return OutputSchema(loss=loss(**dict(inputs)))


def vector_jacobian_product(
    inputs: InputSchema, vjp_inputs: set[str], vjp_outputs: set[str], cotangent_vector: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The gradients that are asked for, times the one number that the loss has in the cotangent."""
    (output,) = vjp_outputs
    _, *gradients = textbook(inputs.X, inputs.y, *(getattr(inputs, name) for name in PARAMETERS))
    found = dict(zip(PARAMETERS, gradients, strict=True))
    return {name: found[name] * cotangent_vector[output] for name in vjp_inputs}
