"""What one call costs in this process, from arrays to arrays: parse, compute and write, without the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.timing import Effort, interleaved
from chainruler.memory.heap import keep_freed_memory
from chainruler_client import Client

Problem = dict[str, Any]
LINEAR, RELU = {"type": "linear"}, {"type": "relu"}
TURNS = 21
"""Rounds at most: the largest sizes take long, and a slope needs no third digit."""


def milliseconds(problem: Callable[[int], Problem], sizes: Sequence[int], effort: Effort) -> Sequence[float]:
    """POST /v1/gradients of the problem of each size, by a local client; memory is kept as a worker keeps it."""
    keep_freed_memory()
    client = Client.local(encoding="safetensors")
    work = {str(size): partial(client.gradients, problem(size)) for size in sizes}
    timings = interleaved(work, Effort(min(effort.rounds, TURNS), effort.seconds))
    return [timings.median(name) * 1e3 for name in work]


def batch(size: int) -> Problem:
    """64-128-10 with so many samples."""
    return network([64, 128, 10], size)


def width(size: int) -> Problem:
    """Two hidden layers of this width."""
    return network([64, size, size, 10], 64)


def depth(size: int) -> Problem:
    """So many hidden layers of 64."""
    return network([64] * (size + 1) + [10], 64)


def network(sizes: Sequence[int], samples: int, loss: Problem | None = None) -> Problem:
    """A ReLU network with softmax cross-entropy, or another loss on classes."""
    random = np.random.default_rng(0)
    layers = [LINEAR, *[RELU, LINEAR] * (len(sizes) - 2)]
    parameters: Problem = {}
    for i, (n, m) in enumerate(pairwise(sizes), 1):
        parameters |= {f"W{i}": random.normal(size=(m, n)) / np.sqrt(n), f"b{i}": np.zeros(m)}
    data = {"x": random.normal(size=(samples, sizes[0])), "y": random.integers(sizes[-1], size=samples)}
    loss = loss or {"type": "cross_entropy"}
    return {"model": {"layers": layers}, "loss": loss, "parameters": parameters, "data": data}


def classes(size: int) -> Problem:
    """A linear layer of 16 features to so many classes, of which 64 are sampled for 64 samples."""
    loss = {"type": "sampled_softmax", "sampler": "log_uniform", "count": 64, "seed": 0}
    return network([16, size], 64, loss)
