"""Names of courses in code: samples in columns, derivatives at one place or another, arrays called like functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
SIGMOID = [{"type": "linear", "units": 5}, {"type": "sigmoid"}, {"type": "linear", "units": 3}]
RIGHT = {
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


COLUMNS = {
    "W2": r"\frac1m (P - Y) A_1^\top + 2\lambda W_2",
    "b1": r"dZ_1 = \frac1m W_2^\top (P - Y) \odot 1[Z_1 > 0] \\ db_1 = dZ_1 \mathbf 1",
}


@pytest.mark.parametrize("answer", COLUMNS)
def test_samples_in_columns_are_another_convention(answer: str) -> None:
    """In LaTeX it is told as that, with its credit; code computes with the arrays as they are, and is not turned."""
    result = graded(answer, COLUMNS[answer])

    assert (result["verdict"], codes(result)) == ("correct_up_to_convention", ["samples_in_columns"])
    assert graded("W2", "(P - Y) @ A1.T / m + 2*lam*W2")["verdict"] == "not_gradable"


def test_in_columns_too_it_convicts_of_a_known_mistake_only() -> None:
    """The mistake is named, and without one nothing is said against the answer."""
    known = graded("W2", r"\frac1m (P - Y) A_1^\top + \lambda W_2")
    other = graded("W2", r"\frac1m (P \odot P - 0.3 Y) A_1^\top")

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
