"""Causes by name: mistakes that are computed here by NumPy alone, over layers, losses and sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainruler.grading.key import AnswerKey
from chainruler.handlers.posing import key_to
from chainruler.handlers.problems import problems
from chainruler.schemas.grading import ProblemsRequest
from chainruler.schemas.requests import ObjectiveRequest
from tests.grading.problems import CONTEXT, LAM, Array, Classifier, codes, report, softmax

k = Classifier()


def issued(
    layers: list[dict[str, Any]], loss: dict[str, Any], seed: int, **more: Any
) -> tuple[dict[str, Any], AnswerKey]:
    """A problem with numbers, and its key."""
    asked = {"model": {"layers": layers, "input": more.pop("input", 4)}, "loss": loss, "seed": seed, **more}
    problem = problems(ProblemsRequest.model_validate(asked), CONTEXT)["problem"]
    return problem, key_to(ObjectiveRequest.model_validate(problem), CONTEXT).key


def value(key: AnswerKey, name: str) -> Array:
    """A line of the right derivation."""
    assert key.at_problem_values is not None
    return np.asarray(key.at_problem_values(key.structure.context.symbols[name]))


def net(*between: dict[str, Any], units: int = 3) -> list[dict[str, Any]]:
    """Layers between two linear ones."""
    return [{"type": "linear", "units": 5}, *between, {"type": "linear", "units": units}]


EPS = 1e-5
Means = Callable[[Array], Array]


def written_out(g: Array, h: Array, mean: Means, divisor: Array | float) -> Array:
    """The backward pass of a normalisation as courses write it."""
    return np.asarray((g - mean(g) - h * mean(g * h)) / divisor)


NORM_MISTAKES: dict[str, tuple[Callable[[Array, Array, Array, int], Array], str]] = {
    "no path through the variance": (lambda g, _, v, a: (g - g.mean(a, keepdims=True)) / np.sqrt(v + EPS), "missing"),
    "no path through the mean": (
        lambda g, h, v, a: (g - h * (g * h).mean(a, keepdims=True)) / np.sqrt(v + EPS),
        "missing",
    ),
    "neither path": (lambda g, _, v, __: g / np.sqrt(v + EPS), "missing"),
    "means over the other axis": (
        lambda g, h, v, a: written_out(g, h, lambda x: x.mean(1 - a, keepdims=True), np.sqrt(v + EPS)),
        "axis",
    ),
    "sums for means": (
        lambda g, h, v, a: written_out(g, h, lambda x: x.sum(a, keepdims=True), np.sqrt(v + EPS)),
        "statistic",
    ),
    "variance for its root": (
        lambda g, h, v, a: written_out(g, h, lambda x: x.mean(a, keepdims=True), v + EPS),
        "statistic",
    ),
    "variance alone": (lambda g, h, v, a: written_out(g, h, lambda x: x.mean(a, keepdims=True), v), "statistic"),
    "no ε": (lambda g, h, v, a: written_out(g, h, lambda x: x.mean(a, keepdims=True), np.sqrt(v)), "statistic"),
}
NORM_CODES = {"missing": "missing_norm_path", "axis": "wrong_norm_axis", "statistic": "wrong_norm_statistic"}


@pytest.mark.sampled(0.03)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize(("layer", "axis"), [("batch_norm", 0), ("layer_norm", 1)])
@pytest.mark.parametrize("mistake", NORM_MISTAKES)
def test_a_mistake_in_the_backward_pass_of_a_normalisation_is_named(
    mistake: str, layer: str, axis: int, loss: str
) -> None:
    """Statistics are right in the forward pass, and the gradient is written out with a mistake: it has its credit."""
    problem, key = issued(net({"type": layer}, {"type": "tanh"}), {"type": loss}, seed=17)
    z, g = value(key, "Z1"), value(key, "dH2")
    variance = z.var(axis, keepdims=True)
    h = (z - z.mean(axis, keepdims=True)) / np.sqrt(variance + EPS)
    wrong, kind = NORM_MISTAKES[mistake]

    (result,) = report(problem, {"Z1": wrong(g, h, variance, axis)})["results"]

    assert (codes(result), result["score"]) == ([NORM_CODES[kind]], 0.5)


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize(
    ("layer", "formula", "code"),
    [
        ("batch_norm", "(dH2 - mean(dH2, axis=0)) / sqrt(V2 + 1e-5)", "missing_norm_path"),
        ("layer_norm", "(dH2 - mean(dH2, axis=1, keepdims=True)) / sqrt(V2 + 1e-5)", "missing_norm_path"),
        (
            "layer_norm",
            "(dH2 - mean(dH2, axis=0) - H2 * mean(dH2 * H2, axis=0)) / sqrt(V2 + 1e-5)",
            "wrong_norm_axis",
        ),
        (
            "batch_norm",
            "(dH2 - sum(dH2, axis=0) - H2 * sum(dH2 * H2, axis=0)) / sqrt(V2 + 1e-5)",
            "wrong_norm_statistic",
        ),
    ],
)
def test_the_same_is_named_in_a_formula(layer: str, formula: str, code: str) -> None:
    """A formula of a normalisation's gradient has the same causes as its numbers."""
    problem, _ = issued(net({"type": layer}, {"type": "relu"}), {"type": "cross_entropy"}, seed=17)

    (result,) = report(problem, {"Z1": {"formula": formula}})["results"]

    assert codes(result) == [code]


@pytest.mark.sampled(0.17)
@pytest.mark.parametrize("reduction", ["mean", "mean_all", "sum"])
@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("units", [1, 2, 3, 4])
def test_a_forgotten_two_of_a_square_is_a_missing_factor(units: int, scale: float, reduction: str) -> None:
    """Whatever the mean divides by: half of the gradient is the derivative of a square without its 2."""
    loss = {"type": "squared_error", "reduction": reduction, "scale": scale}
    problem, key = issued(net({"type": "tanh"}, units=units), loss, seed=50)
    half = value(key, "dZ2") / 2
    answers = {"Z2": half, "W2": half.T @ value(key, "A1"), "b2": half.sum(axis=0)}

    first, *after = report(problem, answers)["results"]

    assert (codes(first), first["score"]) == (["missing_factor"], 0.5)
    assert [result["score"] for result in after] == [1, 1]


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy", "huber", "binary_cross_entropy", "hinge"])
@pytest.mark.parametrize("answer", ["Z2", "W2"])
def test_a_sum_has_no_mean_to_miss(loss: str, answer: str) -> None:
    """N times too large is a wrong scale where the loss is a sum: no message speaks of its mean."""
    problem, key = issued(net({"type": "tanh"}), {"type": loss, "reduction": "sum"}, seed=5)
    right = value(key, f"d{answer}")

    (result,) = report(problem, {answer: len(value(key, "Z2")) * right})["results"]

    assert codes(result) == ["wrong_scale"]
    assert "mean over" not in result["message"]


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize(
    ("slope", "used", "expected"),
    [
        (0.1, 0.01, {"default_setting", "wrong_activation_derivative"}),
        (0.3, 0.01, {"default_setting"}),
        (0.3, 0.09, {"wrong_activation_derivative"}),
    ],
)
@pytest.mark.parametrize("answer", ["Z1", "W1"])
def test_no_cause_is_the_only_one_by_a_coincidence(slope: float, used: float, expected: set[str], answer: str) -> None:
    """The usual slope 0.01 is the square of 0.1 as well: both are told as possible, and neither as the only one."""
    problem, key = issued(net({"type": "leaky_relu", "negative_slope": slope}), {"type": "huber"}, seed=14)
    z, signal = value(key, "Z1"), value(key, "dZ2") @ np.asarray(problem["parameters"]["W2"])
    wrong = signal * np.where(z > 0, 1, used)
    answers = {"Z1": wrong, "W1": wrong.T @ np.asarray(problem["data"]["x"])}

    (result,) = report(problem, {answer: answers[answer]})["results"]

    assert set(codes(result)) == expected
    assert {entry["confidence"] for entry in result["diagnosis"]} == {"unique" if len(expected) == 1 else "one_of"}


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("weights", [None, [0.5, 1.5, 2.0]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_gradient_by_the_probabilities_lacks_the_softmax(smoothing: float, weights: list[float] | None) -> None:
    """−T/p is the gradient by what a softmax gives, also with soft or weighted targets T; the loss takes scores."""
    loss: dict[str, Any] = {"type": "cross_entropy", "label_smoothing": smoothing}
    problem, key = issued(net({"type": "tanh"}), loss | ({"class_weights": weights} if weights else {}), seed=21)
    p, y = softmax(value(key, "Z2")), np.eye(3)[problem["data"]["y"]]
    targets = ((1 - smoothing) * y + smoothing / 3) * (1.0 if weights is None else np.array(weights))

    (result,) = report(problem, {"Z2": -targets / p / len(p)})["results"]

    assert codes(result) == ["missing_activation_derivative"]


def test_what_is_switched_off_has_one_name() -> None:
    """Smoothing that is left out is the usual setting too, and is told once."""
    problem, key = issued(net({"type": "tanh"}), {"type": "cross_entropy", "label_smoothing": 0.1}, seed=21)
    p, y = softmax(value(key, "Z2")), np.eye(3)[problem["data"]["y"]]

    (result,) = report(problem, {"Z2": (p - y) / len(p)})["results"]

    assert codes(result) == ["wrong_label_smoothing"]


@pytest.mark.parametrize("units", [1, 2])
def test_the_gradient_by_the_probabilities_lacks_the_sigmoid(units: int) -> None:
    """In numbers and in a formula."""
    problem, key = issued(net({"type": "relu"}, units=units), {"type": "binary_cross_entropy"}, seed=12)
    p, y = 1 / (1 + np.exp(-value(key, "Z2"))), np.asarray(problem["data"]["y"])
    formula = "-(Y / sigmoid(Z2) - (1 - Y) / (1 - sigmoid(Z2))) / N"
    mean = p.size if problem["loss"].get("reduction") == "mean_all" else len(p)

    for answer in (-(y / p - (1 - y) / (1 - p)) / mean, {"formula": formula}):
        (result,) = report(problem, {"Z2": answer})["results"]

        assert codes(result) == ["missing_activation_derivative"]


@pytest.mark.parametrize("rows", [6, 12])
def test_rows_of_an_embedding_by_position_are_named(rows: int) -> None:
    """The gradient of the first sample goes to row 0, that of the second to row 1, whatever they picked."""
    layers: list[dict[str, Any]] = [
        {"type": "embedding", "num_embeddings": rows, "embedding_dim": 3},
        {"type": "flatten"},
    ]
    problem, key = issued([*layers, *net()[:1]], {"type": "cross_entropy"}, seed=20, input=[])
    signal = value(key, "dF1")
    wrong = np.zeros((rows, 3))
    wrong[: len(signal)] = signal[:rows]

    (result,) = report(problem, {"E1": wrong})["results"]

    assert codes(result) == ["rows_by_position"]


def test_the_sum_of_the_weights_is_one_mistake() -> None:
    """`2 * lam * W.sum()` for `2 * lam * W` is a wrong penalty, and any other number is no pair of mistakes."""
    right = k.backward()["W1"] - 2 * LAM * k.W1
    summed, shifted = (right + LAM * by for by in (2 * k.W1.sum(), 1.7 * np.pi))

    assert codes(report(k.problem, {"W1": summed})["results"][0]) == ["wrong_penalty"]
    assert codes(report(k.problem, {"W1": shifted})["results"][0]) == ["unknown"]


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize("delta", [0.4, 0.7, 2.5])
def test_a_huber_loss_without_its_delta_is_named(delta: float) -> None:
    """The slope of the far branch is δ, and 1 there does not meet the near one."""
    problem, key = issued(net({"type": "tanh"}), {"type": "huber", "delta": delta}, seed=14)
    r = value(key, "Z2") - np.asarray(problem["data"]["y"])
    wrong = np.where(np.abs(r) <= delta, r, np.sign(r)) / len(r)

    (result,) = report(problem, {"Z2": wrong})["results"]

    assert codes(result) == ([] if np.abs(r).max() <= delta else ["branch_scale"])
