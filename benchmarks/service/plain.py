"""The endpoint a typical developer would write: Pydantic lists in, NumPy in the middle, a response model out."""

from __future__ import annotations

import os

for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # as we run: with more, its BLAS threads would only be in its way

import numpy as np  # noqa: E402 (after the lines above)
from fastapi import FastAPI  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from benchmarks.engine.baselines import textbook  # noqa: E402

app = FastAPI()


class Problem(BaseModel):
    """A ReLU network with a softmax cross-entropy, and its data."""

    x: list[list[float]]
    y: list[int]
    weights: list[list[list[float]]]
    biases: list[list[float]]


class Gradients(BaseModel):
    """The loss and the gradient of every parameter."""

    loss: float
    weights: list[list[list[float]]]
    biases: list[list[float]]


@app.post("/gradients", response_model=Gradients)
def gradients(problem: Problem) -> Gradients:
    """The loss and all gradients."""
    pairs = zip(problem.weights, problem.biases, strict=True)
    parameters = [np.array(array) for pair in pairs for array in pair]
    loss, *found = textbook(np.array(problem.x), np.array(problem.y), *parameters)
    weights = [array.tolist() for array in found[::2]]
    biases = [array.tolist() for array in found[1::2]]
    return Gradients(loss=float(loss), weights=weights, biases=biases)
