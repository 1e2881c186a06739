"""Names of courses in code: samples in columns, derivatives at one place or another, arrays called like functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
SIGMOID = [{"type": "linear", "units": 5}, {"type": "sigmoid"}, {"type": "linear", "units": 3}]
RIGHT = {
    "samples in columns": ("W2", "(P - Y) @ A1.T / m + 2*lam*W2", "A1 is read as A1.T"),
    "a bias in columns": ("b1", "dZ1 = (W2.T @ (P - Y)) * (Z1 > 0) / m\ndb1 = dZ1.sum(axis=1)", "Z1 is read as Z1.T"),
    "an array called like a function": ("Z2", "(probs - onehot) / N", "onehot is read as Y"),
    "a function called like an array": ("Z2", "(probs - onehot(y, 3)) / N", "probs is read as softmax(Z2)"),
    "small weights": ("A1", "(probs - Y) @ w2 / N", "probs is read as softmax(Z2)"),
    "a name on the left": ("W2", "d = (psi(Z2) - Y) / N\ndW2 = d.T @ A1 + 2*lam*W2\nloss = 3", ""),
    "a method": ("b2", "np.mean(probs - Y, axis=0)", "probs is read as softmax(Z2)"),
}


def graded(answer: str, formula: str, problem: dict[str, Any] | None = None) -> dict[str, Any]:
    """The result of one formula, of which it is not said how it is written."""
    return dict(report(problem or k.problem, {answer: {"formula": formula}})["results"][0])


@pytest.mark.parametrize("name", RIGHT)
def test_it_acquits_and_says_how_it_was_read(name: str) -> None:
    """Where the problem's own names do not do, those of courses are tried, and samples the other way."""
    answer, formula, said = RIGHT[name]
    result = graded(answer, formula)

    assert result["verdict"] == "correct", result["message"]
    assert said in result["message"]


def test_in_columns_too_it_convicts_of_a_known_mistake_only() -> None:
    """The mistake is named, and without one nothing is said against the answer."""
    known, other = graded("W2", "(P - Y) @ A1.T / m + lam*W2"), graded("W2", "(P * P - 0.3 * Y) @ A1.T / m")

    assert (known["verdict"], codes(known)) == ("wrong", ["wrong_regularization_scale"])
    assert other["verdict"] == "not_gradable"


def test_a_derivative_may_be_taken_at_what_the_activation_gives() -> None:
    """Some write sigmoid_prime(z), others sigmoid_prime(a) = a (1 − a): either is right, and anything else is not."""
    problem = k.problem | {"model": {"layers": SIGMOID}}

    for right in ("(dZ2 @ W2) * sigmoid_prime(Z1)", "(dZ2 @ W2) * sigmoid_derivative(A1)"):
        assert graded("Z1", right, problem)["verdict"] == "correct", right
    assert graded("Z1", "(dZ2 @ W2) * sigmoid_prime(dA1)", problem)["verdict"] != "correct"


def test_a_missing_layer_is_no_other_one() -> None:
    """There is no third line here, in whatever way one counts; and what is missing is told by its meaning."""
    bare = {key: value for key, value in k.problem.items() if key != "regularization"}

    assert graded("W2", "dZ3.T @ A1")["verdict"] == "not_gradable"
    assert "the factor of the penalty" in graded("W2", "dZ2.T @ A1 + reg * W2", bare)["message"]
