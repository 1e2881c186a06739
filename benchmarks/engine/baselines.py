"""Loss and all gradients by hand, as lean as NumPy allows, in several styles: the fastest of them is the baseline.

Every function takes X (N, n), y (N,), and W (m, n), b (m,) of each layer; it gives the loss, then each dW and db.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = Any  # NumPy's own stubs have no word for a call with out= that is quick to read
dot, exp, log, add, subtract, multiply, divide = np.dot, np.exp, np.log, np.add, np.subtract, np.multiply, np.divide
total: Array = np.add.reduce
largest: Array = np.maximum.reduce


def textbook(X: Array, y: Array, *weights: Array) -> Sequence[Array]:
    """As a textbook's NumPy listing has it."""
    rows, activations = np.arange(len(X)), [X]
    z = X
    for W, b in zip(weights[::2], weights[1::2], strict=True):
        z = activations[-1] @ W.T + b
        activations.append(np.maximum(z, 0))
    top = z.max(axis=1, keepdims=True)
    grown = np.exp(z - top)
    norm = grown.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(norm)[:, 0] + top[:, 0] - z[rows, y])
    d = grown / norm
    d[rows, y] -= 1
    d /= len(X)
    gradients: list[Array] = []
    for layer in range(len(weights) // 2 - 1, -1, -1):
        gradients[:0] = [d.T @ activations[layer], d.sum(axis=0)]
        if layer:
            d = d @ weights[2 * layer] * (activations[layer] > 0)
    return [loss, *gradients]


def in_place(X: Array, y: Array, *weights: Array) -> Sequence[Array]:
    """Row-major; nothing is computed into a new array where an old one will do."""
    N, a, activations = len(X), X, [X]
    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        a = dot(a, W.T)
        add(a, b, a)
        np.maximum(a, 0.0, out=a)
        activations.append(a)
    z = dot(a, weights[-2].T)
    add(z, weights[-1], z)
    rows = np.arange(N)
    subtract(z, largest(z, 1, None, None, True), z)
    picked = z[rows, y]
    exp(z, z)
    norm = total(z, 1, None, None, True)
    loss = (total(log(norm), None) - total(picked)) / N
    divide(z, multiply(norm, N, norm), z)
    z[rows, y] -= 1.0 / N
    gradients: list[Array] = []
    for layer in range(len(weights) // 2 - 1, -1, -1):
        gradients[:0] = [dot(z.T, activations[layer]), total(z, 0)]
        if layer:
            z = dot(z, weights[2 * layer])
            multiply(z, activations[layer] > 0.0, z)
    return [loss, *gradients]


def feature_major(X: Array, y: Array, *weights: Array) -> Sequence[Array]:
    """In place, with samples along the last axis, so that every sum runs over long rows."""
    return _feature_major(X, y, weights, dot(weights[0], X.T))


def turned_round(X: Array, y: Array, *weights: Array) -> Sequence[Array]:
    """Feature-major, but the first product is row-major and turned round: a faster BLAS call if it is narrow."""
    return _feature_major(X, y, weights, dot(X, weights[0].T).T.copy())


def _feature_major(X: Array, y: Array, weights: Sequence[Array], z: Array) -> Sequence[Array]:
    """All after the first product."""
    N, activations = len(X), [X.T]
    add(z, weights[1][:, None], z)
    for W, b in zip(weights[2::2], weights[3::2], strict=True):
        np.maximum(z, 0.0, out=z)
        activations.append(z)
        z = dot(W, z)
        add(z, b[:, None], z)
    rows, ones = np.arange(N), np.ones(N)
    loss = _cross_entropy(z, y, rows)
    gradients: list[Array] = []
    for layer in range(len(weights) // 2 - 1, -1, -1):
        gradients[:0] = [dot(z, activations[layer].T), dot(z, ones)]
        if layer:
            z = dot(weights[2 * layer].T, z)
            multiply(z, activations[layer] > 0.0, z)
    return [loss, *gradients]


def _cross_entropy(z: Array, y: Array, rows: Array) -> Array:
    """The loss of logits (m, N), over which their gradient is written."""
    N = len(rows)
    subtract(z, largest(z, 0), z)
    picked = z[y, rows]
    exp(z, z)
    norm = total(z, 0)
    loss = (total(log(norm)) - total(picked)) / N
    divide(z, multiply(norm, N, norm), z)
    z[y, rows] -= 1.0 / N
    return loss


class Preallocated:
    """Feature-major for one hidden layer and one batch size; only what is handed out is a new array."""

    def __init__(self, N: int, hidden: int, classes: int) -> None:
        self.a, self.d, self.gate = np.empty((hidden, N)), np.empty((hidden, N)), np.empty((hidden, N), bool)
        self.z, self.norm, self.rows, self.ones = np.empty((classes, N)), np.empty(N), np.arange(N), np.ones(N)

    def __call__(self, X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Sequence[Array]:
        a, d, z, norm, rows, ones = self.a, self.d, self.z, self.norm, self.rows, self.ones
        N = len(rows)
        dot(W1, X.T, a)
        add(a, b1[:, None], a)
        np.maximum(a, 0.0, out=a)
        dot(W2, a, z)
        add(z, b2[:, None], z)
        subtract(z, largest(z, 0, None, norm), z)
        picked = z[y, rows]
        exp(z, z)
        total(z, 0, None, norm)
        loss = (total(log(norm)) - total(picked)) / N
        divide(z, multiply(norm, N, norm), z)
        z[y, rows] -= 1.0 / N
        dot(W2.T, z, d)
        multiply(d, np.greater(a, 0.0, self.gate), d)
        return [loss, dot(d, X), dot(d, ones), dot(z, a.T), dot(z, ones)]


def all_for(sizes: Sequence[int], batch: int) -> dict[str, Callable[..., Sequence[Array]]]:
    """The baselines that can compute a network of these sizes."""
    found: dict[str, Callable[..., Sequence[Array]]] = {
        "textbook NumPy": textbook,
        "in place": in_place,
        "feature-major": feature_major,
        "feature-major, first product turned round": turned_round,
    }
    if len(sizes) == 3:
        found["feature-major, preallocated"] = Preallocated(batch, sizes[1], sizes[2])
    return found
