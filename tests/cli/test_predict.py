"""`predict`: what a trained model says of samples."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tests.support.terminal import piped


def test_predictions_are_those_of_inference(tmp_path: Path) -> None:
    """A trained model says the same of one sample as of all: its statistics are the running ones, and nothing drops."""
    x = np.random.default_rng(0).normal(size=(8, 4)).round(3)
    layers = [
        {"type": "linear", "units": 3},
        {"type": "batch_norm"},
        {"type": "dropout"},
        {"type": "linear", "units": 2},
    ]
    problem = {
        "model": {"layers": layers},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "he_normal", "seed": 0},
        "data": {"x": x.tolist(), "y": [0, 1] * 4},
        "optimizer": {"type": "sgd", "learning_rate": 0.1},
    }
    file, saved, one = tmp_path / "problem.json", tmp_path / "saved.json", tmp_path / "one.npz"
    file.write_bytes(orjson.dumps(problem))
    np.savez(one, x=x[2:3], y=[0])
    piped("train", file, "--epochs", "2", "--save", saved)
    every = orjson.loads(piped("predict", saved).out)
    alone = orjson.loads(piped("predict", saved, "--arrays", one).out)
    forward = orjson.loads(piped("forward", saved, "--mode", "inference").out)

    assert alone["outputs"] == [pytest.approx(every["outputs"][2], rel=1e-12)]
    assert every["predictions"] == np.argmax(every["outputs"], axis=1).tolist()
    assert every["accuracy"] == np.mean(np.array(every["predictions"]) == [0, 1] * 4)
    assert {key: every[key] for key in forward} == forward


@pytest.mark.parametrize(
    ("loss", "said"),
    [("binary_cross_entropy", [[0, 1]]), ("squared_error", [[-0.5, 2.0]]), ("hinge", [1])],
)
def test_a_loss_says_what_is_predicted(tmp_path: Path, loss: str, said: Any) -> None:
    """Logits above 0 are 1, values are themselves, and of scores the largest is the class."""
    document = {
        "model": {"layers": [{"type": "linear", "bias": False}]},
        "loss": {"type": loss},
        "parameters": {"W1": [[-0.5], [2.0]]},
        "data": {"x": [[1.0]]},
    }
    (tmp_path / "problem.json").write_bytes(orjson.dumps(document))

    assert orjson.loads(piped("predict", tmp_path / "problem.json").out)["predictions"] == said
