"""Every mistake of the library: it can be made somewhere, shows, and is found again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from chainruler import textbook
from chainruler.grading.explaining import start_of
from chainruler.grading.key import AnswerKey
from chainruler.grading.mistakes import Mistake
from chainruler.grading.variants import Variant
from chainruler.handlers.posing import key_to
from chainruler.handlers.problems import problems
from chainruler.schemas.grading import ProblemsRequest
from chainruler.schemas.requests import ObjectiveRequest
from tests.grading.networks import NETWORKS
from tests.grading.problems import CONTEXT, codes, report

SQUARE = {
    "model": {
        "layers": [
            {"type": "linear", "units": 4},
            {"type": "sigmoid"},
            {"type": "linear", "units": 4},
            {"type": "relu"},
            {"type": "linear", "units": 4},
        ],
        "input": 4,
    },
    "loss": {"type": "squared_error"},
    "regularization": {"l2": 0.37},
    "samples": 4,
}
ISSUED = {"square": SQUARE, **NETWORKS}
ALSO = {"class weights": {"weights": np.array([0.5, 1.5, 0.7, 2.0, 1.1, 0.9, 0.4])}}
"""Data beside what the service issues: weights of samples."""
LOOKS_ONLY = {"column_for_vector", "rounded", "samples_in_columns", "per_sample_gradient"}
"""What is told by the look of an array or formula alone, its shape, digits or words, and is no change of a line."""
REPAIRS_ONLY = {"extra_term"}
"""What may be anything, and is told by what is taken away again."""
NOTHING = {"unknown"}


@cache
def posed(name: str) -> dict[str, Any]:
    """A problem to make mistakes in: a textbook's, or one with numbers that the service issues."""
    if name in ISSUED:
        issued = problems(ProblemsRequest.model_validate({**ISSUED[name], "seed": 5}), CONTEXT)["problem"]
        return {**issued, "data": {**issued["data"], **ALSO.get(name, {})}}
    return textbook.problem(name)


@cache
def key_of(name: str) -> AnswerKey:
    """Its key."""
    return key_to(ObjectiveRequest.model_validate(posed(name)), CONTEXT).key


NAMES = [*textbook.names(), *ISSUED]


def made(name: str) -> Iterator[tuple[Variant, dict[str, np.ndarray]]]:
    """Every mistake that shows in the gradients of the parameters, and what they then are."""
    key = key_of(name)
    start, network = start_of(key), key.structure.context.network
    assert start is not None
    symbols = {parameter: key.structure.context.symbols[f"d{parameter}"] for parameter in network.parameters}
    for label in key.structure.context.lines:
        line = key.structure.line(label)
        for variant in key.structure.variants(line) if label != network.objective else ():
            if variant.expression.shape == line.right.shape:
                values = variant.made(start.evaluations[0])
                answers = {parameter: values(symbol) for parameter, symbol in symbols.items()}
                if all(np.isfinite(array).all() for array in answers.values()):
                    yield variant, answers


@pytest.mark.sampled(0.05)
@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_that_shows_is_told_and_never_called_right(name: str) -> None:
    """Of all single mistakes in a problem, at least 99 in 100 are among the causes that are named.

    What is named explains the answers exactly: it may be another mistake only where that is the same function.
    """
    seen = told = 0
    for variant, answers in made(name):
        graded = report(posed(name), answers)
        wrong = [result for result in graded["results"] if result["verdict"] != "correct"]
        if wrong:
            seen += 1
            found = {code for result in wrong for code in codes(result)}
            told += variant.mistake.code in found or is_the_same(name, variant, found)
            assert "unknown" not in found, (variant.line.name, variant.mistake.code, variant.evidence)

    assert seen > 30
    assert told >= 0.99 * seen


def is_the_same(name: str, variant: Variant, found: set[str]) -> bool:
    """Whether a mistake that was named instead gives the same function: at other numbers it cannot be told apart."""
    key = key_of(name)
    network, probe_point = key.structure.context.network, key.structure.probe_point
    symbols = [key.structure.context.symbols[f"d{parameter}"] for parameter in network.parameters]

    def at(other: Variant) -> list[np.ndarray]:
        values = other.made(probe_point)
        return [values(symbol) for symbol in symbols]

    others = [other for other, _ in made(name) if other.mistake.code in found]
    return any(all(map(np.allclose, at(variant), at(other))) for other in others)


@pytest.mark.slow
def test_every_mistake_can_be_made_somewhere() -> None:
    """There is no class in the registry that no problem of ours gives an occasion for."""
    occasions = {variant.mistake.code for name in NAMES for variant, _ in made(name)}
    reshaped = {
        variant.mistake.code
        for name in NAMES
        for label in key_of(name).structure.context.lines
        for variant in key_of(name).structure.variants(key_of(name).structure.line(label))
    }

    assert set(Mistake.registry) - occasions - reshaped == LOOKS_ONLY | REPAIRS_ONLY | NOTHING


def test_a_sampled_softmax_has_mistakes_of_its_own() -> None:
    """Whoever samples wrongly differentiates the wrong loss in the right way, and is told what was sampled wrongly."""
    expected = {"missing_sampling_correction", "sum_over_sampled", "duplicates_counted_once", "positive_counted_twice"}
    found = set()
    for variant, answers in made("sampled_softmax"):
        if variant.mistake.code in expected:
            graded = report(posed("sampled_softmax"), answers)
            assert {code for result in graded["results"] for code in codes(result)} == {variant.mistake.code}
            found.add(variant.mistake.code)

    assert found == expected


@pytest.mark.parametrize(("activation", "other"), [("sigmoid", "1 - A1**2"), ("tanh", "A1 * (1 - A1)")])
def test_the_derivative_of_another_activation_is_told(activation: str, other: str) -> None:
    """Who knows a (1 − a) and 1 − a² by heart may take the one for the other: in a formula, and in numbers."""
    model = {"layers": [{"type": "linear"}, {"type": activation}, {"type": "linear"}]}
    asked = {"model": model, "loss": {"type": "squared_error"}, "seed": 5}
    problem = problems(ProblemsRequest.model_validate(asked), CONTEXT)["problem"]
    x, y = np.array(problem["data"]["x"]), np.array(problem["data"]["y"])
    W1, b1, W2, b2 = (np.array(problem["parameters"][name]) for name in ("W1", "b1", "W2", "b2"))
    A1 = np.tanh(x @ W1.T + b1) if activation == "tanh" else 1 / (1 + np.exp(-(x @ W1.T + b1)))
    slope = 1 - A1**2 if activation == "sigmoid" else A1 * (1 - A1)
    dZ1 = (2 / len(x) * (A1 @ W2.T + b2 - y)) @ W2 * slope

    told = report(problem, {"Z1": {"formula": f"dZ2 @ W2 * ({other})"}, "W1": dZ1.T @ x, "b1": dZ1.sum(axis=0)})

    assert [codes(one) for one in told["results"]] == [["wrong_activation_derivative"]] * 3
    assert all(f"not of {'a ' * (activation == 'sigmoid')}{activation}" in evidence(one) for one in told["results"])


def evidence(result: dict[str, Any]) -> str:
    """What is said of the first mistake."""
    return str(result["diagnosis"][0]["evidence"])
