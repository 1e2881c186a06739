"""The plain endpoint with PyTorch's autograd in the middle."""

from __future__ import annotations

import torch
from fastapi import FastAPI

from benchmarks.service.plain import Gradients, Problem

torch.set_num_threads(1)  # as the others
functional = torch.nn.functional
app = FastAPI()


@app.post("/gradients", response_model=Gradients)
def gradients(problem: Problem) -> Gradients:
    """The loss and all gradients."""
    weights = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in problem.weights]
    biases = [torch.tensor(b, dtype=torch.float64, requires_grad=True) for b in problem.biases]
    z = torch.tensor(problem.x, dtype=torch.float64)
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = functional.linear(functional.relu(z) if layer else z, weight, bias)
    loss = functional.cross_entropy(z, torch.tensor(problem.y))
    found = torch.autograd.grad(loss, [*weights, *biases])
    lists = [gradient.tolist() for gradient in found]
    return Gradients(loss=loss.item(), weights=lists[: len(weights)], biases=lists[len(weights) :])
