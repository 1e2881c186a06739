"""What a step earns depends on what it starts from: none is worth more than nonsense, and no chain is too long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from chainruler.grading.key import AnswerKey
from tests.grading.chains import EVERY, posed, signal_of, started
from tests.grading.problems import LAM, Array, Arrays, Classifier, N, codes, report

k = Classifier()
right = k.backward()
signal = (k.P - k.Y) / N
noise = np.random.default_rng(5).normal(size=signal.shape)
NONSENSE = {"noise": noise, "ones": np.ones_like(signal), "scores": k.Z2, "targets": k.Y, "probabilities": k.P}
Score = dict[str, float]


def scores(answers: Arrays, problem: dict[str, Any] | None = None, **options: Any) -> Score:
    """What each answer earns."""
    return {one["answer"]: one["score"] for one in report(problem or k.problem, answers, **options)["results"]}


def nonsense(key: AnswerKey) -> Iterator[Array]:
    """Noise of two sizes, and the right array in another order."""
    assert key.at_problem_values is not None
    wanted = key.at_problem_values(key.structure.context.symbols[signal_of(key)])
    random = np.random.default_rng(7)
    yield random.normal(size=wanted.shape) * np.abs(wanted).max()
    yield random.normal(size=wanted.shape).round(2)
    yield -np.roll(wanted, 1, axis=0)


def slips(key: AnswerKey, start: Array, random: np.random.Generator) -> Arrays:
    """For each parameter what a mistake makes of an array by the outputs, unless it makes it of the right one too."""
    assert key.at_problem_values is not None
    context, values = key.structure.context, started(key, start)
    made = {}
    for name in context.network.parameters:
        line = key.structure.line(f"d{name}")
        behind = [line, *(key.structure.line(label) for label in context.lines if context.symbols[label] in line.uses)]
        broken = [variant for one in behind if one.is_gradient for variant in key.structure.variants(one)]
        for number in random.permutation(len(broken))[:20]:
            variant = broken[number]
            if variant.line.name == signal_of(key) or variant.expression.shape != variant.line.right.shape:
                continue
            wrong, other = (variant.made(one, aside=True)(line.symbol) for one in (values, key.at_problem_values))
            if not np.allclose(wrong, other, rtol=1e-6, atol=1e-12):
                made[name] = wrong
                break
    return made


@pytest.mark.sampled(0.08)
@pytest.mark.parametrize("name", EVERY)
def test_a_known_mistake_in_a_step_from_nonsense_earns_nothing(name: str) -> None:
    """Every kind of mistake, in steps from noise and from a shuffled array."""
    problem, key = posed(name)
    random = np.random.default_rng(11)
    for number, start in enumerate(nonsense(key)):
        answers = {key.structure.context.network.outputs: start, **slips(key, start, random)}
        results = report(problem, answers, rubric={"follow_through": number % 2 == 0})["results"]
        wrong = {one["answer"]: one["score"] for one in results if one["verdict"] == "wrong"}

        assert len(wrong) > 1
        assert {answer: score for answer, score in wrong.items() if score} == {}


@pytest.mark.parametrize("start", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("follow_through", [True, False])
@pytest.mark.parametrize("credit", [{}, {"missing_regularization": 0.9, "extra_mean": 0.9, "wrong_sign": 0.9}])
def test_no_credit_of_the_rubric_makes_steps_from_noise_worth_points(
    start: Array, credit: dict[str, float], *, follow_through: bool
) -> None:
    """The penalty left out, a mean for a sum, the first sample alone, another sign, no gate: each by hand."""
    passed = start @ k.W2
    gated = passed * (k.Z1 > 0)
    made: list[Arrays] = [
        {"W2": start.T @ k.A1, "b2": start.mean(axis=0), "W1": gated.T @ k.X, "b1": gated.mean(axis=0)},
        {"W2": -start.T @ k.A1 + 2 * LAM * k.W2, "b2": -start.sum(axis=0), "Z1": passed, "b1": passed.sum(axis=0)},
        {"b2": start[0], "b1": gated[0], "W2": start[:1].T @ k.A1[:1] + 2 * LAM * k.W2},
    ]
    for answers in made:
        graded = report(
            k.problem, {"Z2": start, **answers}, rubric={"follow_through": follow_through, "credit": credit}
        )

        assert [one for one in graded["results"] if one["verdict"] == "wrong" and one["score"]] == []
        assert "It starts from Z" in " ".join(result["message"] for result in graded["results"])


def test_a_mistake_in_a_step_from_work_costs_what_it_costs_alone() -> None:
    """The step before is charged for itself, once."""
    wrong = N * signal
    answers = {"Z2": wrong, "W2": wrong.T @ k.A1, "b2": wrong.sum(axis=0)}

    assert scores(answers) == {"Z2": 0.75, "W2": 0.75, "b2": 1}


def test_work_that_owes_nothing_to_a_nonsense_answer_keeps_its_points() -> None:
    """A right or nearly right answer behind noise is work, and so is what starts from it, or from no answer at all."""
    halved = k.backward(dZ1=(signal @ k.W2))
    answers = {"Z2": noise, "Z1": signal @ k.W2, "W1": halved["W1"], "b2": -right["b2"], "W2": signal.T @ k.A1}
    results = {one["answer"]: one for one in report(k.problem, answers)["results"]}

    assert {name: one["score"] for name, one in results.items()} == {
        "Z2": 0,
        "Z1": results["Z1"]["score"],
        "W1": 1,
        "b2": 0.5,
        "W2": 0.75,
    }
    assert results["Z1"]["score"] > 0
    assert results["W1"]["follows"] == ["Z1"]


def test_a_right_answer_behind_noise_does_not_make_work_of_what_comes_from_the_noise() -> None:
    """The gradient by the hidden scores is right, and the parameters' are made of noise all the same."""
    right_one = (signal @ k.W2) * (k.Z1 > 0)
    passed = (noise @ k.W2) * (k.Z1 > 0)
    earned = scores({"Z2": noise, "Z1": right_one, "b1": passed.sum(axis=0), "W1": passed.T @ k.X})

    assert earned == {"Z2": 0, "Z1": 1, "b1": 0, "W1": 0}


@pytest.mark.sampled(0.05)
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("factor", [-1, 7, -7, 3, 0.5, 7 / 3])
def test_a_right_step_is_worth_its_points_however_long_the_chain_is(name: str, factor: float) -> None:
    """Every gradient that follows from a wrong factor, also from those that follow themselves; none is charged."""
    problem, key = posed(name)
    assert key.at_problem_values is not None
    context = key.structure.context
    values = started(key, factor * key.at_problem_values(context.symbols[signal_of(key)]))
    chain = {line: values(context.symbols[line]) for line in key.gradients if context.order[line] >= order_of(key)}
    results = report(problem, {line.removeprefix("d"): array for line, array in chain.items()})["results"]
    wrong = {one["answer"]: one["score"] for one in results if one["verdict"] == "wrong"}
    first = wrong.pop(context.network.outputs)

    assert 0 < first < 1
    assert {answer: score for answer, score in wrong.items() if score != 1} == {}
    assert [answer for answer in wrong if answer not in context.network.parameters]


def order_of(key: AnswerKey) -> int:
    """The number of the line that is the gradient by the outputs."""
    return key.structure.context.order[signal_of(key)]


def test_a_slip_in_the_middle_of_a_chain_is_charged_once() -> None:
    """What follows from a step that is wrong after a wrong one earns its points."""
    wrong = -signal
    passed = wrong @ k.W2
    answers = {"Z2": wrong, "Z1": passed, "W1": passed.T @ k.X + 2 * LAM * k.W1, "b1": passed.sum(axis=0)}
    results = report(k.problem, answers)["results"]

    assert [codes(one) for one in results] == [["wrong_sign"], ["missing_gate"], [], []]
    assert [one["score"] for one in results] == [0.5, results[1]["score"], 1, 1]
    assert [one["follows"] for one in results] == [[], [], ["Z1"], ["Z1"]]
