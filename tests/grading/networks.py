"""One small network for each kind of layer and loss that has mistakes of its own."""

from __future__ import annotations

from typing import Any

RELU: list[dict[str, Any]] = [{"type": "linear", "units": 6}, {"type": "relu"}, {"type": "linear", "units": 3}]
CLASSES = {"type": "cross_entropy"}


def _between(*layers: dict[str, Any]) -> list[dict[str, Any]]:
    """Layers between two linear ones."""
    return [{"type": "linear", "units": 6}, *layers, {"type": "linear", "units": 3}]


def _images(pooling: str) -> list[dict[str, Any]]:
    """A convolution, a pooling, and a classifier."""
    conv = {"type": "conv2d", "out_channels": 2, "kernel_size": 2}
    return [conv, {"type": "tanh"}, {"type": pooling}, {"type": "flatten"}, {"type": "linear", "units": 3}]


def _described(layers: list[dict[str, Any]], loss: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": {"layers": layers, "input": more.pop("input", 5)}, "loss": loss, **more}


NETWORKS: dict[str, dict[str, Any]] = {
    "batch norm": _described(_between({"type": "batch_norm"}, {"type": "leaky_relu"}), CLASSES),
    "layer norm": _described(_between({"type": "layer_norm"}, {"type": "elu"}), {"type": "squared_error"}),
    "dropout": _described(_between({"type": "sigmoid"}, {"type": "dropout", "rate": 0.3, "seed": 1}), CLASSES),
    "embedding": _described(
        [{"type": "embedding", "num_embeddings": 5, "embedding_dim": 4}, {"type": "flatten"}, RELU[2]],
        CLASSES,
        input=[3],
    ),
    "mean of windows": _described(_images("avg_pool2d"), CLASSES, input=[2, 5, 5]),
    "largest of windows": _described(_images("max_pool2d"), CLASSES, input=[2, 5, 5]),
    "hinge": _described(RELU, {"type": "hinge"}),
    "huber": _described(RELU, {"type": "huber", "delta": 0.6}),
    "smoothing": _described(_between({"type": "silu"}), {"type": "cross_entropy", "label_smoothing": 0.1}),
    "class weights": _described(RELU, {"type": "cross_entropy", "class_weights": [0.5, 2.0, 1.3]}),
    "probabilities": _described([*RELU, {"type": "softmax"}], {"type": "nll"}),
    "squares of probabilities": _described([*RELU, {"type": "softmax"}], {"type": "squared_error"}),
    "one output": _described([RELU[0], {"type": "tanh"}, {"type": "linear", "units": 1}], {"type": "squared_error"}),
    "norm of residuals": _described(RELU, {"type": "formula", "formula": "sqrt(sum((Y - Z2)**2))"}),
    "sizes": _described(RELU, {"type": "absolute_error"}, regularization={"l1": 0.3}),
}
