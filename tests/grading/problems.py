"""Problems to grade, and the right answers to them by NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.calls.limits import RequestLimits
from chainruler.handlers.context import Context
from chainruler.handlers.grading import grade
from chainruler.schemas.grading import GradeRequest

Array = NDArray[Any]
Arrays = dict[str, Array]
CONTEXT = Context(RequestLimits().of_computing(), (b"the key of these tests",))
N, D, H, C, LAM = 7, 4, 5, 3, 0.37


def softmax(z: Array) -> Array:
    """The softmax of each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


class Classifier:
    """A 4-5-3 ReLU classifier: mean cross-entropy, λ‖W‖² on the weights. Its gradients are written by hand."""

    def __init__(self, seed: int = 3) -> None:
        r = np.random.default_rng(seed)
        self.W1, self.b1 = r.normal(size=(H, D)), r.normal(size=H) * 0.5
        self.W2, self.b2 = r.normal(size=(C, H)), r.normal(size=C) * 0.5
        self.X, self.y = r.normal(size=(N, D)), np.array([0, 1, 2, 0, 1, 2, 1])
        self.Y = np.eye(C)[self.y]
        self.Z1 = self.X @ self.W1.T + self.b1
        self.A1 = np.maximum(self.Z1, 0)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.P = softmax(self.Z2)

    @property
    def problem(self) -> dict[str, Any]:
        """The problem as it is posted."""
        return {
            "model": {"layers": [{"type": "linear"}, {"type": "relu"}, {"type": "linear"}]},
            "loss": {"type": "cross_entropy"},
            "regularization": {"l2": LAM},
            "parameters": {"W1": self.W1, "b1": self.b1, "W2": self.W2, "b2": self.b2},
            "data": {"x": self.X, "y": self.y},
        }

    def backward(self, dZ2: Array | None = None, dZ1: Array | None = None, **over: Array) -> Arrays:
        """The gradients from an error signal on, the right ones unless something else is given."""
        dZ2 = (self.P - self.Y) / N if dZ2 is None else dZ2
        dZ1 = (dZ2 @ self.W2) * (self.Z1 > 0) if dZ1 is None else dZ1
        right = {
            "W2": dZ2.T @ self.A1 + 2 * LAM * self.W2,
            "b2": dZ2.sum(axis=0),
            "W1": dZ1.T @ self.X + 2 * LAM * self.W1,
            "b1": dZ1.sum(axis=0),
        }
        return {**right, **over}


def report(problem: Mapping[str, Any], answers: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """The report of answers; arrays may be given as they are."""
    told = {
        name: answer if isinstance(answer, dict) else {"array": np.asarray(answer)} for name, answer in answers.items()
    }
    return grade(GradeRequest.model_validate({"problem": problem, "answers": told, **options}), CONTEXT)


def codes(result: Mapping[str, Any]) -> list[str]:
    """The codes of what may be behind one answer."""
    return [entry["code"] for entry in result["diagnosis"]]
