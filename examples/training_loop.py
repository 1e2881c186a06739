"""Train a classifier of two spirals in batches: `python training_loop.py`, or with the address of a service."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler_client import Client

SAMPLES, CLASSES, TURNS = 200, 2, 1.0


def spirals(random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points on two arms, one class each."""
    radius = np.linspace(0.1, 1.0, SAMPLES)
    arms = []
    for arm in range(CLASSES):
        angle = 2 * np.pi * (radius * TURNS + arm / CLASSES) + random.normal(0, 0.1, SAMPLES)
        arms.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    return 2 * np.concatenate(arms), np.repeat(np.arange(CLASSES), SAMPLES)


def main() -> None:
    """Train, tell the loss now and then, and the accuracy at the end."""
    client = Client(sys.argv[1]) if len(sys.argv) > 1 else Client.local()
    x, y = spirals(np.random.default_rng(0))
    hidden = [{"type": "linear", "units": 32}, {"type": "batch_norm"}, {"type": "tanh"}]
    model = {"layers": [*hidden, *hidden, {"type": "linear", "units": CLASSES}]}
    problem: dict[str, Any] = {
        "model": model,
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "xavier_normal", "seed": 0},
        "data": {"x": x, "y": y},
    }
    optimizer = {"type": "adam", "learning_rate": 0.01}
    steps = 0
    trained = dict(problem)
    for turn in client.train(problem, optimizer=optimizer, epochs=100, batch_size=50, seed=0, every=100):
        steps += len(turn.losses)
        trained |= {"parameters": turn.parameters, "statistics": turn.statistics}
        print(f"step {steps:3}  loss of the last batch {turn.loss:.4f}")

    result = client.forward(trained, mode="inference")
    print(f"accuracy {np.mean(result.outputs.argmax(axis=1) == y):.1%}")


if __name__ == "__main__":
    main()
