"""Loss and all gradients by other engines: HIPS autograd, and PyTorch where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from benchmarks.engine.workloads import Values, Workload

Gradients = Callable[[], Sequence[Any]]


def available(workload: Workload, values: Values) -> dict[str, Gradients]:
    """Each engine that can be imported here, ready to compute the workload's loss and gradients."""
    found: dict[str, Gradients] = {}
    for title, make in MAKERS.items():
        with suppress(ImportError, OSError):  # not installed; or a compiled part lacks something of the machine
            found[title] = make(workload, values)
    return found


def _autograd(workload: Workload, values: Values) -> Gradients:
    """As an autograd user writes it; value_and_grad shares the forward pass."""
    anp = importlib.import_module("autograd.numpy")
    value_and_grad = importlib.import_module("autograd").value_and_grad
    logsumexp = importlib.import_module("autograd.scipy.special").logsumexp

    X, y, *weights = values.values()
    rows = np.arange(workload.batch)

    def loss(weights: Sequence[Any]) -> Any:
        z = X
        for layer in range(0, len(weights), 2):
            z = anp.maximum(z, 0.0) if layer else z
            z = anp.dot(z, weights[layer].T) + weights[layer + 1]
        return anp.mean(logsumexp(z, axis=1) - z[rows, y])

    both = value_and_grad(loss)

    def run() -> Sequence[Any]:
        value, gradients = both(weights)
        return [value, *gradients]

    return run


def _torch(_: Workload, values: Values) -> Gradients:
    """As a PyTorch user writes it: functional layers, cross_entropy, autograd.grad; tensors are made beforehand."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    X, y, *weights = (torch.from_numpy(value) for value in values.values())
    for weight in weights:
        weight.requires_grad_()
    functional = torch.nn.functional

    def run() -> Sequence[Any]:
        z = X
        for layer in range(0, len(weights), 2):
            z = functional.relu(z) if layer else z
            z = functional.linear(z, weights[layer], weights[layer + 1])
        loss = functional.cross_entropy(z, y)
        return [loss.detach().numpy(), *(g.numpy() for g in torch.autograd.grad(loss, weights))]

    return run


MAKERS: dict[str, Callable[[Workload, Values], Gradients]] = {"HIPS autograd": _autograd, "PyTorch eager": _torch}
