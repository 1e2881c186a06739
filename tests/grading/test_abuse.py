"""Answers that are meant to get points, or the right line, for nothing; and right ones that were once taken for odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler import textbook
from tests.grading.problems import LAM, Classifier, N, codes, report

k = Classifier()
EVERY = ("W1", "b1", "W2", "b2")
RIGHT = k.backward()


def formulas(**answers: str) -> dict[str, Any]:
    """The report of formulas."""
    return report(k.problem, {name: {"formula": text} for name, text in answers.items()})


def test_zeros_earn_nothing() -> None:
    """Neither alone nor together, although many mistakes come out as 0 and much would follow from it."""
    zeros = {name: np.zeros_like(array) for name, array in RIGHT.items()} | {"Z2": np.zeros((N, 3))}

    assert report(k.problem, zeros)["score"] == 0
    assert report(k.problem, {**zeros, "W2": 2 * LAM * k.W2})["score"] == 0
    assert report(k.problem, {"W2": zeros["W2"]})["score"] == 0


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("text", ["0*W2", "W2", "W2 - W2", "1e-200*W2", "1e200*W2", "0*dZ2.T@A1 + lam*W2"])
def test_a_formula_that_says_nothing_earns_nothing_and_is_not_mended(text: str) -> None:
    """What is submitted is no part of the answer, and so the answer is not handed back as its repair."""
    (result,) = formulas(W2=text)["results"]

    assert (result["verdict"], result["score"], result["repair"]) == ("wrong", 0, None)


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("factor", [0.0, 1e-300, 1e-9, 1e9, 1e307])
def test_no_mistake_makes_the_answer_so_small_or_large(factor: float) -> None:
    """Only a factor that somebody may have leaves credit."""
    graded = report(k.problem, {n: factor * array for n, array in RIGHT.items()}, signatures=True, reveal="values")

    assert graded["score"] == 0
    assert {result["verdict"] for result in graded["results"]} == {"wrong"}


def test_what_is_nearly_right_is_no_wrong_factor() -> None:
    """Numbers that are loosely computed are wrong, and not "1 times as large"."""
    results = report(k.problem, {"b1": RIGHT["b1"] * 1.00009, "W2": RIGHT["W2"] * 1.001})["results"]

    assert [codes(result) for result in results] == [["unknown"], ["unknown"]]


@pytest.mark.parametrize("number", ["0.142857", "0.1428571", "0.14285714", "0.14285714285714"])
def test_numbers_may_be_written_out(number: str) -> None:
    """1/7 in digits is right, and the student is told that it is right only so far."""
    (result,) = formulas(Z2=f"{number}*(softmax(Z2)-Y)")["results"]

    assert result["verdict"] == "correct"
    assert result["message"].startswith("Right")


def test_a_number_of_too_few_digits_is_wrong() -> None:
    """0.14 is not 1/7."""
    (result,) = formulas(Z2="0.14*(softmax(Z2)-Y)")["results"]

    assert result["verdict"] == "wrong"


@pytest.mark.parametrize("penalty", ["", " + lam*W2", " - 2*lam*W2"])
def test_a_penalty_that_is_next_to_nothing_is_asked_for_all_the_same(penalty: str) -> None:
    """With λ = 1e-8 a formula without the penalty, or half of it, is nearly right in numbers and wrong."""
    problem = {**k.problem, "regularization": {"l2": 1e-8}}

    (result,) = report(problem, {"W2": {"formula": f"dZ2.T @ A1{penalty}"}})["results"]

    assert result["verdict"] == "wrong"
    assert "unknown" not in codes(result)


@pytest.mark.parametrize("text", ["1/(W2-W2)", "exp(exp(exp(exp(W2*9))))", "W2/0", "log(-exp(W2))"])
def test_what_has_no_value_spoils_itself_alone(text: str) -> None:
    """It is not gradable; what was submitted beside it is graded."""
    spoilt, right = formulas(W2=text, b2="sum(dZ2, axis=0)")["results"]

    assert (spoilt["verdict"], right["verdict"]) == ("not_gradable", "correct")


def test_a_convention_is_told_as_one() -> None:
    """For a square matrix, where the shape does not give it away, as well."""
    problem = textbook.problem("two_two_two")
    wrong = np.asarray(report(problem, {"W2": np.zeros((2, 2))}, reveal="values")["results"][0]["expected"]).T

    (result,) = report(problem, {"W2": wrong})["results"]

    assert result["verdict"] == "correct_up_to_convention"
    assert result["message"] == "Right but for a convention: transposed."


def test_an_odd_factor_is_told_in_two_digits() -> None:
    """By it nobody can divide the wrong numbers and have the right ones."""
    (result,) = report(k.problem, {"b2": RIGHT["b2"] * 1.3712})["results"]
    told = f"{result['message']} {result['diagnosis']}"

    assert codes(result) == ["wrong_scale"]
    assert "about 1.4 times" in told
    assert "1.37" not in told


def test_the_penalty_alone_can_be_odd() -> None:
    """The gradient of the data is right, and the penalty is of another size."""
    (result,) = report(k.problem, {"W2": RIGHT["W2"] + 0.613 * LAM * k.W2})["results"]

    assert codes(result) == ["wrong_regularization_scale"]
