"""As much of PyTorch as its printer needs, on NumPy: its names, keywords and refusals, and none of our code."""

from __future__ import annotations

from math import erf
from typing import Any

import numpy as np


class Tensor(np.ndarray):
    """An array that, as a tensor, refuses to subtract masks, and to multiply matrices of different types."""

    def __sub__(self, other: Any) -> Any:
        return np.subtract(_real(self), _real(other)).view(Tensor)

    def __rsub__(self, other: Any) -> Any:
        return np.subtract(_real(other), _real(self)).view(Tensor)

    def __neg__(self) -> Any:
        return np.negative(_real(self)).view(Tensor)

    def __matmul__(self, other: Any) -> Any:
        if self.dtype != other.dtype:
            raise RuntimeError("expected both operands to have the same type")
        return np.asarray(self) @ np.asarray(other)

    def index_put(self, places: Any, values: Any, *, accumulate: bool) -> Any:
        """The rows added up at their places."""
        assert accumulate
        result = np.array(self)
        np.add.at(result, places, values)
        return result.view(Tensor)


def _real(x: Any) -> Any:
    if np.asarray(x).dtype == bool:
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
    return np.asarray(x)


class Torch:
    """The functions of the module torch; what is not here is NumPy's by the same name."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)

        def called(*operands: Any, dim: int | None = None, keepdim: bool = False, **named: Any) -> Any:
            named |= {} if dim is None else {"axis": dim, **({"keepdims": True} if keepdim else {})}
            return np.asarray(function(*operands, **named)).view(Tensor)

        return called

    def softmax(self, x: Any, dim: int) -> Any:
        return np.exp(x - self.logsumexp(x, dim, keepdim=True))

    def logsumexp(self, x: Any, dim: int, *, keepdim: bool = False) -> Any:
        top = np.max(x, axis=dim, keepdims=True)
        return np.log(np.exp(x - top).sum(axis=dim, keepdims=keepdim)) + (top if keepdim else np.squeeze(top, dim))

    def sigmoid(self, x: Any) -> Any:
        return (1 / (1 + np.exp(-np.asarray(x)))).view(Tensor)

    def relu(self, x: Any) -> Any:
        return np.maximum(x, 0)

    def erf(self, x: Any) -> Any:
        return np.vectorize(erf)(x).view(Tensor)

    def clamp(self, x: Any, min: float | None = None, max: float | None = None) -> Any:  # noqa: A002 (PyTorch's)
        return np.clip(x, min, max)

    def cat(self, parts: Any, dim: int) -> Any:
        return np.concatenate(parts, axis=dim)

    def permute(self, x: Any, order: Any) -> Any:
        return np.transpose(x, order)

    def diag_embed(self, x: Any) -> Any:
        return (np.asarray(x)[..., None] * np.eye(x.shape[-1])).view(Tensor)


class Functional:
    """The functions of torch.nn.functional."""

    def one_hot(self, y: Any, classes: int) -> Any:
        return (np.asarray(y)[..., None] == np.arange(classes)).astype(int).view(Tensor)

    def softplus(self, x: Any) -> Any:
        return np.logaddexp(x, 0)
