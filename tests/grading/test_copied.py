"""Arrays that cost no work earn nothing; to follow from a wrong factor never earns less than to be judged alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.grading.chains import EVERY, following, given, posed
from tests.grading.problems import Array, Classifier, N, codes, report

k = Classifier()


@pytest.mark.sampled(0.08)
@pytest.mark.parametrize("name", EVERY)
def test_an_array_that_the_problem_gives_earns_nothing_nor_does_what_follows(name: str) -> None:
    """Outputs, activations and targets: as they stand, of either sign, times a number, and taken from 1."""
    problem, key = posed(name)
    outputs = key.structure.context.network.outputs
    for number, array in enumerate(given(key)):
        multiple = (array, -array, 1 - array, array / len(array), 3.7 * array, (1 - array) / len(array))[number % 6]
        for follow_through in (True, False):
            rubric = {"follow_through": follow_through}
            results = report(problem, following(key, multiple), rubric=rubric)["results"]
            wrong = [result for result in results if result["verdict"] == "wrong"]

            assert outputs in {result["answer"] for result in wrong}
            assert {result["answer"]: result["score"] for result in wrong if result["score"]} == {}


@pytest.mark.sampled(0.05)
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("factor", [0.002, 0.1, 3.14159, -5.5, 10, 700])
def test_to_follow_costs_no_points(name: str, factor: float) -> None:
    """Right but for a factor is a mistake like others: what follows gets its points, and no less than judged alone."""
    problem, key = posed(name)
    assert key.at_problem_values is not None
    outputs = key.structure.context.network.outputs
    answers = following(key, factor * key.at_problem_values(key.structure.context.symbols[f"d{outputs}"]))
    followed, charged = (report(problem, answers, rubric={"follow_through": way})["results"] for way in (True, False))

    assert all(result["score"] == 1 for result in followed if result["answer"] != outputs)
    for one, other in zip(followed, charged, strict=True):
        assert 0 < other["score"] <= one["score"]


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("factor", [1e-200, 1e-7, 1e6, 1e200])
def test_what_is_next_to_nothing_is_no_factor(factor: float) -> None:
    """A factor that nobody may have earns nothing, and neither does what follows from it."""
    problem, key = posed("classifier")
    assert key.at_problem_values is not None
    answers = following(key, factor * key.at_problem_values(key.structure.context.symbols["dZ2"]))

    assert report(problem, answers)["score"] == 0


@pytest.mark.parametrize("wrong", ["zeros", "outputs", "targets", "apart from the target", "two values"])
def test_no_pair_of_mistakes_is_made_up_for_no_work(wrong: str) -> None:
    """What a simpler reading explains, such as zeros or the targets, is no pair of mistakes."""
    arrays = {
        "zeros": np.zeros_like(k.P),
        "outputs": k.Z2,
        "targets": -k.Y,
        "apart from the target": (1 - k.Y) / N,
        "two values": np.where(k.Y > 0, -0.1, 0.05),
    }
    results = report(k.problem, {"Z2": arrays[wrong], **k.backward(arrays[wrong])})["results"]

    assert codes(results[0]) == ["unknown"]
    assert [result["score"] for result in results] == [0] * 5


@pytest.mark.parametrize("wrong", [k.b2 / N, -3 * k.b2, 11 * (1 - k.b2), np.full(3, 1 / 7), np.full(3, -0.3)])
def test_a_multiple_of_a_parameter_and_one_number_everywhere_are_no_work(wrong: Array) -> None:
    """Nor does an odd factor on another mistake explain them, as it would explain any number."""
    (result,) = report(k.problem, {"b2": wrong})["results"]

    assert (codes(result), result["score"]) == (["unknown"], 0)


def test_the_step_without_its_target_is_work() -> None:
    """Probabilities divided by N are no array that the problem gives, and the target is what is missing."""
    first, *after = report(k.problem, {"Z2": k.P / N, **k.backward(k.P / N)})["results"]

    assert (codes(first), first["score"]) == (["missing_target"], 0.5)
    assert [result["score"] for result in after] == [1] * 4


def test_a_multiple_of_the_right_array_is_a_factor_whatever_else_it_is() -> None:
    """With all targets 0 the gradient is the outputs but for their factor, and a wrong factor is work."""
    problem = {
        **k.problem,
        "loss": {"type": "squared_error", "scale": 0.5},
        "data": {"x": k.X, "y": np.zeros_like(k.Y)},
    }
    (result,) = report(problem, {"Z2": k.Z2})["results"]

    assert (codes(result), result["score"]) == (["missing_mean"], 0.75)


@pytest.mark.parametrize(("formula", "earned"), [("Z2", 0.0), ("Z2 / N", 0.5)])
def test_a_formula_says_how_its_array_comes_about(formula: str, earned: float) -> None:
    """The name of a given array earns nothing; the step without its target keeps what that mistake leaves."""
    problem = {**k.problem, "loss": {"type": "squared_error", "scale": 0.5}, "data": {"x": k.X, "y": k.Y}}
    (result,) = report(problem, {"Z2": {"formula": formula}})["results"]

    assert (result["verdict"], result["score"]) == ("wrong", earned)
