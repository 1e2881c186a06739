"""What nobody can explain costs a bounded time, however large or deep the network is."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import pairwise
from time import process_time
from typing import Any

import numpy as np
import pytest

from chainruler.grading import search
from chainruler.grading.search import MOST_WORK, Allowance
from chainruler.handlers.gradients import gradients
from chainruler.memory import LEDGER
from chainruler.schemas.requests import GradientsRequest
from tests.grading.problems import CONTEXT, Classifier, codes, report

Problem = dict[str, Any]


def network(*sizes: int, samples: int) -> Problem:
    """A classifier of ReLU layers."""
    random = np.random.default_rng(0)
    parameters: dict[str, Any] = {}
    layers: list[dict[str, Any]] = []
    for i, (inputs, units) in enumerate(pairwise(sizes), 1):
        layers += [{"type": "linear"}, {"type": "relu"}]
        parameters[f"W{i}"] = random.normal(size=(units, inputs)) / np.sqrt(inputs)
        parameters[f"b{i}"] = random.normal(size=units) / 10
    return {
        "model": {"layers": layers[:-1]},
        "loss": {"type": "cross_entropy"},
        "regularization": {"l2": 0.05},
        "parameters": parameters,
        "data": {"x": random.normal(size=(samples, sizes[0])), "y": random.integers(0, sizes[-1], samples)},
    }


def noise(problem: Problem) -> dict[str, Any]:
    """Answers that no mistake explains, for the first two layers."""
    random = np.random.default_rng(1)
    right = gradients(GradientsRequest.model_validate(problem), CONTEXT)["gradients"]
    return {name: right[name] + random.normal(size=right[name].shape) for name in ("W1", "b1", "W2", "b2")}


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize(
    "problem",
    [network(784, 128, 10, samples=128), network(1024, 1024, 10, samples=64), network(8, *[6] * 60, 3, samples=7)],
    ids=["a large layer", "a million weights", "sixty layers"],
)
def test_noise_is_given_up_in_seconds(problem: Problem) -> None:
    """It is unknown, after no more than some seconds of computing."""
    answers = noise(problem)
    began = process_time()

    results = report(problem, answers)["results"]

    assert process_time() - began < 5
    assert all(codes(result) == ["unknown"] for result in results)


def test_a_formula_that_is_far_off_is_given_up_in_seconds() -> None:
    """Its repairs are tried as long as the problem is small enough."""
    odd = "(((softmax(Z2) - Y * Y * 2) @ W2) * (Z1 > 0)).T @ X + 2 * lam * W1 * W1"
    problem = network(784, 128, 10, samples=128)
    began = process_time()

    (result,) = report(problem, {"W1": {"formula": odd}})["results"]

    assert process_time() - began < 5
    assert (result["verdict"], codes(result), result["repair"]) == ("wrong", ["unknown"], None)


def test_the_formulas_of_a_submission_share_what_may_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that are far off take no longer than one: searches and repairs have their allowance for all of them."""
    spent: list[float] = []
    spend = Allowance.spend

    def counted(self: Allowance, work: float) -> bool:
        granted = spend(self, work)
        spent.append(work * granted)
        return granted

    monkeypatch.setattr(Allowance, "spend", counted)
    back = "(((softmax(Z2) - Y * Y * 2) @ W2) * (Z1 > 0))"
    far_off = {
        "W1": f"{back}.T @ X + 2 * lam * W1 * W1",
        "b1": f"sum({back}, axis=0) + b1 * b1",
        "W2": "(softmax(Z2) - Y * Y * 2).T @ A1 + 2 * lam * W2 * W2",
        "b2": "sum(softmax(Z2) - Y * Y * 2, axis=0) + b2 * b2",
    }

    report(network(784, 128, 10, samples=128), {name: {"formula": text} for name, text in far_off.items()})

    assert 0.5 * MOST_WORK < sum(spent) < 2.1 * MOST_WORK


def test_what_is_not_found_within_the_allowance_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends where its allowance ends, and all searches of a submission share one."""
    k = Classifier(seed=8)  # numbers of its own: what is remembered of them has seen no more than this
    wrong = k.backward(k.P - k.Y)
    assert codes(report(k.problem, wrong)["results"][0]) == ["missing_mean"]

    monkeypatch.setattr(search, "MOST_WORK", 3e5)
    LEDGER.caches["reports"].clear()  # equal answers are graded once

    assert {code for result in report(k.problem, wrong)["results"] for code in codes(result)} == {"unknown"}


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("place", [1, 30, 60])
def test_a_mistake_in_a_deep_network_is_found_from_the_line_itself(place: int) -> None:
    """However many lines are not submitted, what was done to one that is needs none of them."""
    problem = network(8, *[6] * 60, 3, samples=7)
    right = gradients(GradientsRequest.model_validate(problem), CONTEXT)["gradients"]

    (result,) = report(problem, {f"W{place}": right[f"W{place}"] - 0.1 * problem["parameters"][f"W{place}"]})["results"]

    assert codes(result) == ["missing_regularization"]


def _formula(random: np.random.Generator) -> dict[str, str]:
    """A wrong formula that nobody submitted before."""
    a, b, c = random.uniform(-3, 3, size=3)
    return {"formula": f"({a:.5f} * ((softmax(Z2) - Y) / N @ W2) * (Z1 > {b:.5f})).T @ X + {c:.5f} * lam * W1"}


def _noise(random: np.random.Generator) -> dict[str, Any]:
    """An array that nobody submitted before."""
    return {"array": random.normal(size=Classifier().W1.shape)}


def _factor(random: np.random.Generator) -> dict[str, Any]:
    """The right array, times a number that nobody had before."""
    return {"array": Classifier().backward()["W1"] * random.uniform(1.1, 3)}


@pytest.mark.sampled(0.33)
@pytest.mark.parametrize("answer", [_formula, _noise, _factor])
def test_a_class_leaves_nothing_behind(answer: Callable[[np.random.Generator], dict[str, Any]]) -> None:
    """What is remembered is of the problem: any number of submissions to it takes no more memory than the first few."""
    problem, random = Classifier().problem, np.random.default_rng(0)

    def objects_after(count: int) -> int:
        for _ in range(count):
            assert report(problem, {"W1": answer(random)})["results"][0]["verdict"] == "wrong"
        gc.collect()
        return len(gc.get_objects())

    objects_after(2)
    before = objects_after(1)

    assert objects_after(2) - before < 100
