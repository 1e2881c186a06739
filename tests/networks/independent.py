"""Layers and losses once more, from their definitions in autograd.numpy; nothing is read off the product's code."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import autograd.numpy as np
from autograd.scipy.special import erf

Array = Any
Document = Mapping[str, Any]


def _per_channel(vector: Array, x: Array) -> Array:
    return np.reshape(vector, (-1, 1, 1)) if x.ndim == 4 else vector


def _linear(layer: Document, x: Array, take: Callable[[str], Array], out_in: bool, given: Mapping[str, Array]) -> Array:
    weight = take("weight")
    out = np.einsum("...i,oi->...o" if out_in else "...i,io->...o", x, weight)
    return out + take("bias") if layer.get("bias", True) else out


def _swiglu(layer: Document, x: Array, take: Callable[[str], Array], out_in: bool, *_: object) -> Array:
    sums = "...i,oi->...o" if out_in else "...i,io->...o"
    biases = layer.get("bias", True)
    gate = np.einsum(sums, x, take("weight")) + (take("bias") if biases else 0.0)
    values = np.einsum(sums, x, take("value_weight")) + (take("value_bias") if biases else 0.0)
    return gate / (1 + np.exp(-gate)) * values


def _conv2d(layer: Document, x: Array, take: Callable[[str], Array], *_: object) -> Array:
    weight = take("weight")
    (sh, sw), (ph, pw) = _pair(layer.get("stride", 1)), _pair(layer.get("padding", 0))
    kh, kw = weight.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), "constant")
    rows = [
        np.stack(
            [
                np.einsum("nchw,ochw->no", x[:, :, i : i + kh, j : j + kw], weight)
                for j in range(0, x.shape[3] - kw + 1, sw)
            ],
            axis=-1,
        )
        for i in range(0, x.shape[2] - kh + 1, sh)
    ]
    out = np.stack(rows, axis=-2)
    return out + np.reshape(take("bias"), (-1, 1, 1)) if layer.get("bias", True) else out


def _pool(layer: Document, x: Array, reduce: Callable[..., Array]) -> Array:
    kh, kw = _pair(layer.get("kernel_size", 2))
    sh, sw = _pair(layer.get("stride") or layer.get("kernel_size", 2))
    return np.stack(
        [
            np.stack(
                [
                    reduce(reduce(x[:, :, i : i + kh, j : j + kw], axis=-1), axis=-1)
                    for j in range(0, x.shape[3] - kw + 1, sw)
                ],
                axis=-1,
            )
            for i in range(0, x.shape[2] - kh + 1, sh)
        ],
        axis=-2,
    )


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _layer_norm(layer: Document, x: Array, take: Callable[[str], Array], *_: object) -> Array:
    middle = np.mean(x, axis=-1, keepdims=True)
    spread = np.mean((x - middle) ** 2, axis=-1, keepdims=True)
    return take("weight") * (x - middle) / np.sqrt(spread + layer.get("eps", 1e-5)) + take("bias")


def _group_norm(layer: Document, x: Array, take: Callable[[str], Array], *_: object) -> Array:
    parts = np.reshape(x, (len(x), layer["groups"], -1))
    middle = np.mean(parts, axis=-1, keepdims=True)
    spread = np.mean((parts - middle) ** 2, axis=-1, keepdims=True)
    normal = np.reshape((parts - middle) / np.sqrt(spread + layer.get("eps", 1e-5)), x.shape)
    return _per_channel(take("weight"), x) * normal + _per_channel(take("bias"), x)


def _rms_norm(layer: Document, x: Array, take: Callable[[str], Array], *_: object) -> Array:
    return take("weight") * x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + layer.get("eps", 1e-5))


def _batch_norm(
    layer: Document, x: Array, take: Callable[[str], Array], out_in: bool, given: Mapping[str, Array]
) -> Array:
    if layer.get("training", True) and given.get("mode") != "inference":
        axes = (0, 2, 3) if x.ndim == 4 else (0,)
        middle, spread = np.mean(x, axis=axes), np.var(x, axis=axes)
    else:
        middle, spread = (next(a for k, a in given.items() if k.startswith(f"running_{w}")) for w in ("mean", "var"))
    normal = (x - _per_channel(middle, x)) / np.sqrt(_per_channel(spread, x) + layer.get("eps", 1e-5))
    return _per_channel(take("weight"), x) * normal + _per_channel(take("bias"), x)


def _dropout(
    layer: Document, x: Array, take: Callable[[str], Array], out_in: bool, given: Mapping[str, Array]
) -> Array:
    if not layer.get("training", True) or given.get("mode") == "inference":
        return x
    mask = next(array for key, array in given.items() if key.startswith("M"))
    return x * mask / (1 - layer.get("rate", 0.5))


def _softmax(x: Array) -> Array:
    grown = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return grown / np.sum(grown, axis=-1, keepdims=True)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


ACTIVATIONS: dict[str, Callable[[Document, Array], Array]] = {
    "identity": lambda layer, x: x,
    "relu": lambda layer, x: x * (x > 0),
    "leaky_relu": lambda layer, x: np.where(x > 0, x, layer.get("negative_slope", 0.01) * x),
    "elu": lambda layer, x: np.where(x > 0, x, layer.get("alpha", 1.0) * (np.exp(x) - 1)),
    "gelu": lambda layer, x: (
        x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
        if layer.get("approximate") == "tanh"
        else x * (1 + erf(x / math.sqrt(2))) / 2
    ),
    "selu": lambda layer, x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "silu": lambda layer, x: x * _sigmoid(x),
    "hardswish": lambda layer, x: x * np.clip(x + 3, 0, 6) / 6,
    "mish": lambda layer, x: x * np.tanh(np.log(1 + np.exp(x))),
    "sigmoid": lambda layer, x: _sigmoid(x),
    "tanh": lambda layer, x: np.tanh(x),
    "softplus": lambda layer, x: np.logaddexp(0, x),
    "softmax": lambda layer, x: _softmax(x),
    "log_softmax": lambda layer, x: np.log(_softmax(x)),
    "flatten": lambda layer, x: np.reshape(x, (x.shape[0], -1)),
    "max_pool2d": lambda layer, x: _pool(layer, x, np.max),
    "avg_pool2d": lambda layer, x: _pool(layer, x, np.mean),
}
LAYERS: dict[str, Callable[..., Array]] = {
    "linear": _linear,
    "conv2d": _conv2d,
    "swiglu": _swiglu,
    "layer_norm": _layer_norm,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "rms_norm": _rms_norm,
    "embedding": lambda layer, x, take, out_in, given: take("weight")[x],
    "dropout": _dropout,
    "prelu": lambda layer, x, take, *_: np.where(x > 0, x, _per_channel(take("slope"), x) * x),
}
WEIGHTS = {"weight": "W", "bias": "b"}
SCALES = {"weight": "gamma", "bias": "beta"}
GATED = {**WEIGHTS, "value_weight": "V", "value_bias": "c"}
NORMS = dict.fromkeys(("layer_norm", "batch_norm", "group_norm", "rms_norm"), SCALES)
LETTERS = {**NORMS, "embedding": {"weight": "E"}, "prelu": {"slope": "alpha"}, "swiglu": GATED}


def outputs(document: Document, parameters: Mapping[str, Array], data: Mapping[str, Array]) -> Array:
    """What the model gives."""
    numbers = iter(range(1, 100))
    out_in = document["model"].get("layout", "out_in") == "out_in"
    given = {**data, "mode": document.get("mode")}
    return _through(document["model"]["layers"], data["x"], parameters, given, numbers, out_in)


def _through(layers: Any, x: Array, parameters: Any, data: Any, numbers: Any, out_in: bool) -> Array:
    for layer in layers:
        kind = layer["type"]
        if kind == "residual":
            x = x + _through(layer["layers"], x, parameters, data, numbers, out_in)
        elif kind in LAYERS:
            suffix = next(numbers) if kind != "dropout" else ""
            suffix = f"_{layer['name']}" if "name" in layer else suffix
            letters = LETTERS.get(kind, WEIGHTS)
            x = LAYERS[kind](layer, x, lambda what, s=suffix, n=letters: parameters[f"{n[what]}{s}"], out_in, data)
            x = ACTIVATIONS[layer["activation"]](layer, x) if "activation" in layer else x
        else:
            x = ACTIVATIONS[kind](layer, x)
    return x


def _one_hot(loss: Document, out: Array, y: Array) -> Array:
    return np.eye(out.shape[-1])[y] if y.ndim < out.ndim else y


def _cross_entropy(loss: Document, out: Array, y: Array) -> Array:
    smoothing = loss.get("label_smoothing", 0.0)
    rows = _one_hot(loss, out, y) * (1 - smoothing) + smoothing / out.shape[-1]
    return -np.sum(np.array(loss.get("class_weights") or 1.0) * rows * np.log(_softmax(out)), axis=-1)


def _hinge(loss: Document, out: Array, y: Array) -> Array:
    rows = _one_hot(loss, out, y)
    own = np.sum(rows * out, axis=-1, keepdims=True)
    short = out - own + loss.get("margin", 1.0)
    return np.sum((1 - rows) * short * (short > 0), axis=-1)


def _huber(loss: Document, out: Array, y: Array) -> Array:
    rest, delta = np.abs(y - out), loss.get("delta", 1.0)
    return np.where(rest <= delta, rest**2 / 2, delta * (rest - delta / 2))


def _binary(loss: Document, out: Array, y: Array) -> Array:
    return y * np.logaddexp(0, -out) + (1 - y) * np.logaddexp(0, out)


def _sampled_softmax(loss: Document, out: Array, y: Array) -> Array:
    own = out[np.arange(len(y)), y]
    total = np.exp(own)
    for drawn, chance in zip(loss["sampled"], loss["sampled_probabilities"], strict=True):
        counts = 1.0 if loss.get("accidental_hits") != "remove" else (y != drawn)
        total = total + counts * np.exp(out[:, drawn]) / chance / len(loss["sampled"])
    return np.log(total) - own


def _logarithms(loss: Document, out: Array) -> Array:
    return out if loss.get("outputs") == "log_probabilities" else np.log(out)


def _kl_divergence(loss: Document, out: Array, y: Array) -> Array:
    rows = _one_hot(loss, out, y)
    return np.sum(rows * (np.log(np.where(rows > 0, rows, 1)) - _logarithms(loss, out)), axis=-1)


def _gaussian_nll(loss: Document, out: Array, y: Array) -> Array:
    middle, variance = out[..., : y.shape[-1]], np.exp(out[..., y.shape[-1] :])
    return (np.log(variance) + (y - middle) ** 2 / variance + loss.get("full", False) * np.log(2 * np.pi)) / 2


def _focal(loss: Document, out: Array, y: Array) -> Array:
    p = np.sum(_one_hot(loss, out, y) * _softmax(out), axis=-1)
    return -((1 - p) ** loss.get("gamma", 2.0)) * np.log(p)


LOSSES: dict[str, Callable[[Document, Array, Array], Array]] = {
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _binary,
    "squared_error": lambda loss, out, y: (out - y) ** 2,
    "absolute_error": lambda loss, out, y: np.abs(out - y),
    "huber": _huber,
    "hinge": _hinge,
    "nll": lambda loss, out, y: -np.sum(_one_hot(loss, out, y) * _logarithms(loss, out), axis=-1),
    "kl_divergence": _kl_divergence,
    "poisson": lambda loss, out, y: out - y * np.log(out) if loss.get("outputs") == "rates" else np.exp(out) - y * out,
    "gaussian_nll": _gaussian_nll,
    "focal": _focal,
    "sampled_softmax": _sampled_softmax,
}


def losses(document: Document, parameters: Mapping[str, Array], data: Mapping[str, Array]) -> Array:
    """The loss of every sample, before any mean."""
    loss = document["loss"]
    terms = LOSSES[loss["type"]](loss, outputs(document, parameters, data), data["y"])
    return loss.get("scale", 1.0) * (np.sum(terms, axis=tuple(range(1, terms.ndim))) if terms.ndim > 1 else terms)


def objective(document: Document, parameters: Mapping[str, Array], data: Mapping[str, Array]) -> Array:
    """What is minimised."""
    loss = document["loss"]
    each = losses(document, parameters, data)
    if "weights" in data:
        each = each * data["weights"]
    reduction = loss.get("reduction", "mean")
    terms = LOSSES[loss["type"]](loss, outputs(document, parameters, data), data["y"])
    entries = np.size(terms) / len(terms)
    below = {"mean": len(each), "mean_all": len(each) * entries, "sum": 1, "none": 1}[reduction]
    if loss.get("average") == "weights" and reduction in ("mean", "mean_all"):
        hot = _one_hot(loss, np.zeros((len(each), len(loss["class_weights"]))), data["y"])
        below = np.sum(np.sum(hot * np.array(loss["class_weights"]), axis=-1) * data.get("weights", 1.0))
    return np.sum(each) / below + penalty(document.get("regularization"), parameters)


def penalty(regularization: Document | None, parameters: Mapping[str, Array]) -> Array:
    """What large weights cost."""
    if regularization is None:
        return 0.0
    arrays = [a for name, a in parameters.items() if name[0] in "WEV" or regularization.get("biases")]
    squares, sizes = sum(np.sum(a**2) for a in arrays), sum(np.sum(np.abs(a)) for a in arrays)
    both = (regularization.get("l2") or 0) * squares + (regularization.get("l1") or 0) * sizes
    return regularization.get("scale", 1.0) * both
