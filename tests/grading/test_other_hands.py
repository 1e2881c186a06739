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
    """In LaTeX it is told as that, with its credit."""
    result = graded(answer, COLUMNS[answer])

    assert (result["verdict"], codes(result)) == ("correct_up_to_convention", ["samples_in_columns"])


WHOLE = """
m = X.shape[1]
z1 = W1.dot(X) + np.tile(b1, (1, m))
h = np.maximum(z1, 0)
z2 = W2 @ h + b2
e = np.exp(z2 - z2.max(axis=0))
dz2 = (e / e.sum(axis=0) - Y) / m
dz1 = (W2.T @ dz2) * (z1 > 0)
"""
LOOP = """
dW = np.zeros(W1.shape)
for i in range(m):
    x = X[:, i:i+1]
    z1 = W1 @ x + b1
    e = np.exp(W2 @ np.maximum(z1, 0) + b2)
    dW += W2.T @ (e / e.sum() - Y[:, i:i+1]) * (z1 > 0) @ x.T
"""
IN_CODE = {
    "Z2": (WHOLE + "dz2", ("/ m\n", "\n"), "missing_mean"),
    "Z1": (WHOLE + "dz1", (" * (z1 > 0)", ""), "missing_gate"),
    "W1": (WHOLE + "dz1 @ X.T + 2*lam*W1", ("2*", ""), "wrong_regularization_scale"),
    "b2": (WHOLE + "dz2.sum(axis=1, keepdims=True)", ("- Y) / m", "- Y)"), "missing_mean"),
    "W1 in a loop": (LOOP + "dW / m + 2*lam*W1", (" * (z1 > 0)", ""), "missing_gate"),
}


@pytest.mark.parametrize("case", IN_CODE)
def test_code_shows_columns_where_it_computes_all_from_the_data(case: str) -> None:
    """Then it is right up to that convention, and wrong by a mistake that is known."""
    answer, (code, change, mistake) = case.partition(" ")[0], IN_CODE[case]
    right, wrong = graded(answer, code), graded(answer, code.replace(*change))

    assert (right["verdict"], codes(right)) == ("correct_up_to_convention", ["samples_in_columns"])
    assert (wrong["verdict"], codes(wrong)) == ("wrong", [mistake])


def test_a_product_of_the_problems_own_arrays_is_not_turned() -> None:
    """Code that starts from them computes with the arrays as they are."""
    assert graded("W2", "(P - Y) @ A1.T / m + 2*lam*W2")["verdict"] == "not_gradable"
    assert "samples_in_columns" not in codes(graded("W2", "dZ2 @ A1.T + 2*lam*W2"))


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
