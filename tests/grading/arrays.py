"""Right arrays in every precision, and arrays that are nearly right, from engines that are not the product's.

Gradients of every layer with every loss come from HIPS autograd, and those of plain networks from NumPy by hand, in
float64 and in float32 throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from autograd import grad
from numpy.typing import NDArray

from chainruler.grading.arrays import ArrayComparison, ArrayVerdict
from chainruler.grading.key import AnswerKey
from chainruler.networks import problem_of, shapes_of
from tests.networks import independent
from tests.networks.cases import Case, case_of, documents

Array = NDArray[Any]
Arrays = dict[str, Array]
DOCUMENTS = dict(documents())
FAR = 300
"""How large the larger networks by hand are: 784 inputs and this many hidden units."""


@dataclass(frozen=True)
class Posed:
    """A problem and its gradients, in both precisions."""

    name: str
    key: AnswerKey
    double: Arrays
    single: Arrays

    def found(self, answer: str, array: Array, *, rtol: float | None = None) -> ArrayVerdict:
        """What is found of an array, as the grader finds it."""
        line = self.key.structure.line(self.key.line_of(answer))
        right = self.key.at_problem_values(line.symbol) if self.key.at_problem_values is not None else np.zeros(())
        return ArrayComparison(self.key, answer, line, right, rtol, single=False).of_array(array)


def is_right(found: ArrayVerdict) -> bool:
    """Whether it is right without any reservation."""
    return found.submitted is not None and found.submitted.right and found.convention is None


def every_layer_and_loss(step: int = 1) -> Iterator[Posed]:
    """One in `step` of the problems with every layer and every loss."""
    for name in list(DOCUMENTS)[::step]:
        case = case_of(DOCUMENTS[name])
        if _is_known(case):
            yield _posed(name, case.document, case.parameters, case.data)


def _is_known(case: Case) -> bool:
    known = {*independent.ACTIVATIONS, *independent.LAYERS, "residual"}
    return "sampler" not in case.document["loss"] and all(
        layer["type"] in known for layer in case.document["model"]["layers"]
    )


def _posed(name: str, document: dict[str, Any], parameters: Arrays, data: Arrays) -> Posed:
    def gradients(kind: type) -> Arrays:
        given = [{k: a.astype(kind) if a.dtype.kind == "f" else a for k, a in of.items()} for of in (parameters, data)]
        found: Arrays = grad(lambda p: independent.objective(document, p, given[1]))(given[0])
        return {key: np.asarray(array, kind) for key, array in found.items()}

    return Posed(name, _key(document, parameters, data), gradients(np.float64), gradients(np.float32))


def _key(document: dict[str, Any], parameters: Arrays, data: Arrays) -> AnswerKey:
    problem = problem_of(document)
    case = Case(document, parameters, data)
    return AnswerKey(problem, shapes_of(problem, parameters, data), len(data["x"]), case.arrays())


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: z > 0),
    "tanh": (np.tanh, lambda z, a: 1 - a**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, a: a * (1 - a)),
}


@cache
def by_hand(seed: int, *, large: bool = False) -> Posed:
    """A network of three layers, its gradients written by hand: with matrix products, or with a loop over samples."""
    random = np.random.default_rng(seed)
    sizes = [784, FAR, 40, 10] if large else [int(n) for n in random.integers(2, 20, 4)]
    batch = int(random.integers(16, 128)) if large else int(random.integers(2, 20))
    activation, loss = list(ACTIVATIONS)[seed % 3], ("cross_entropy", "squared_error")[seed % 2]
    parameters: Arrays = {}
    for layer, (width, units) in enumerate(pairwise(sizes), 1):
        parameters[f"W{layer}"] = random.normal(size=(units, width)) * np.sqrt(2 / width)
        parameters[f"b{layer}"] = random.normal(size=units) * 0.1
    targets = random.integers(0, sizes[3], batch) if loss == "cross_entropy" else random.normal(size=(batch, sizes[3]))
    data = {"x": random.normal(size=(batch, sizes[0])), "y": targets}
    layers = [{"type": kind} for kind in ("linear", activation, "linear", activation, "linear")]
    document = {"model": {"layers": layers}, "loss": {"type": loss}}
    made = [_backward(activation, parameters, data, kind, loop=seed % 4 == 0) for kind in (np.float64, np.float32)]
    return Posed(f"by hand {seed}", _key(document, parameters, data), *made)


def _backward(activation: str, parameters: Arrays, data: Arrays, kind: type, *, loop: bool) -> Arrays:
    """The gradients in one precision throughout."""
    of, slope = ACTIVATIONS[activation]
    weights: list[Array] = [parameters[f"W{n}"].astype(kind) for n in (1, 2, 3)]
    biases: list[Array] = [parameters[f"b{n}"].astype(kind) for n in (1, 2, 3)]
    inputs: list[Array] = [data["x"].astype(kind)]
    scores: list[Array] = []
    for weight, bias in zip(weights, biases, strict=True):
        scores.append(inputs[-1] @ weight.T + bias)
        inputs.append(of(scores[-1]))
    out, batch = scores[-1], kind(len(data["x"]))
    if data["y"].dtype.kind == "i":
        grown = np.exp(out - out.max(axis=1, keepdims=True))
        signal = (grown / grown.sum(axis=1, keepdims=True) - np.eye(out.shape[1], dtype=kind)[data["y"]]) / batch
    else:
        signal = kind(2) * (out - data["y"].astype(kind)) / batch
    found: Arrays = {}
    for layer in (2, 1, 0):
        found[f"W{layer + 1}"] = _product(signal, inputs[layer], loop=loop)
        found[f"b{layer + 1}"] = signal.sum(axis=0)
        if layer:
            signal = signal @ weights[layer] * slope(scores[layer - 1], inputs[layer])
    assert all(array.dtype == kind for array in found.values())
    return found


def _product(signal: Array, inputs: Array, *, loop: bool) -> Array:
    if not loop:
        return np.asarray(signal.T @ inputs)
    total = np.zeros((signal.shape[1], inputs.shape[1]), signal.dtype)
    for s, x in zip(signal, inputs, strict=True):
        total += np.outer(s, x)
    return total


def printed(array: Array) -> Array:
    """Numbers as NumPy prints them, and JSON reads them."""
    return np.array([float(str(number)) for number in array.ravel()]).reshape(array.shape)


def with_digits(array: Array, digits: int) -> Array:
    """Each number rounded to so many significant digits."""
    return np.array([float(f"{number:.{digits - 1}e}") for number in array.ravel()]).reshape(array.shape)


def with_decimals(array: Array, digits: int) -> Array:
    """All numbers rounded to the decimal that is this digit of the largest."""
    largest = np.abs(array).max()
    return np.round(array, digits - 1 - int(np.floor(np.log10(largest)))) if largest else array


def near_misses(array: Array, random: np.random.Generator, far: float, blur: float) -> Iterator[tuple[str, Array]]:
    """Arrays that are wrong by a factor, or in one entry, sign or row that is neither negligible nor all rounding.

    `blur` is how far this precision puts entries of the array off.
    """
    least = max(1e-2 * np.abs(array).max(initial=0.0), 16 * blur / far)
    large = np.flatnonzero(np.abs(array) > least)
    if not large.size:
        return
    place = np.unravel_index(random.choice(large), array.shape)
    yield "size", array * array.dtype.type(1 + far)
    for name, factor in (("entry", 1 + far), ("zeroed", 0), ("sign", -1)):
        bent = array.copy()
        bent[place] *= array.dtype.type(factor)
        yield name, bent
    if array.ndim == 2:
        gated = array.copy()
        gated[place[0]] = 0
        yield "gate", gated
