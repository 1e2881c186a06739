"""The loss as a UM-Bridge model: each array is one flat vector, and the gradient by one of them is one request.

Beside it a model that gives loss and gradients as its outputs: one request, and not what UM-Bridge has gradients for.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import umbridge
import uvloop

from benchmarks.engine.baselines import textbook
from benchmarks.neighbours.servers.forward import loss

Config = Mapping[str, Any]


class Loss(umbridge.Model):
    """Inputs X, y, W1, b1, W2, b2; the config has the sizes of the layers and of the batch."""

    def __init__(self) -> None:
        super().__init__("loss")

    def get_input_sizes(self, config: Config) -> list[int]:
        (n, hidden, classes), N = config["sizes"], config["batch"]
        return [N * n, N, hidden * n, hidden, classes * hidden, classes]

    def get_output_sizes(self, config: Config) -> list[int]:
        return [1]

    def __call__(self, parameters: Sequence[Any], config: Config) -> list[list[float]]:
        return [[float(loss(*arrays(parameters, config)))]]

    def gradient(
        self, out_wrt: int, in_wrt: int, parameters: Sequence[Any], sens: Sequence[float], config: Config
    ) -> list[float]:
        _, *gradients = textbook(*arrays(parameters, config))
        return list((gradients[in_wrt - 2].ravel() * sens[out_wrt]).tolist())

    def supports_evaluate(self) -> bool:
        return True

    def supports_gradient(self) -> bool:
        return True


class LossAndGradients(Loss):
    """The same inputs; outputs are the loss and the gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "loss and gradients"

    def get_output_sizes(self, config: Config) -> list[int]:
        return [1, *self.get_input_sizes(config)[2:]]

    def __call__(self, parameters: Sequence[Any], config: Config) -> list[list[float]]:
        return [np.ravel(value).tolist() for value in textbook(*arrays(parameters, config))]

    def supports_gradient(self) -> bool:
        return False


def arrays(parameters: Sequence[Any], config: Config) -> list[np.ndarray]:
    """The vectors in their shapes."""
    n, hidden, classes = config["sizes"]
    shapes = [(-1, n), (-1,), (hidden, n), (hidden,), (classes, hidden), (classes,)]
    X, y, *rest = [np.array(vector).reshape(shape) for vector, shape in zip(parameters, shapes, strict=True)]
    return [X, y.astype(int), *rest]


if __name__ == "__main__":
    uvloop.install()
    umbridge.serve_models([Loss(), LossAndGradients()], int(sys.argv[1]), error_checks=False)
