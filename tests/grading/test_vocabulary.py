"""Names of courses: what they are read as, that they acquit, and that they convict only with a cause."""

from __future__ import annotations

from typing import Any

import pytest

from chainruler.grading.roles import offered_by
from chainruler.networks import SpecError
from tests.grading.problems import Classifier, codes, report
from tests.grading.writing import DOCUMENTS, key_of

BATCH = Classifier().problem
SAMPLE: dict[str, Any] = {**BATCH, "model": {**BATCH["model"], "derivation": "sample"}}
SAMPLE.pop("regularization")


def graded(problem: dict[str, Any], answer: str, formula: str, **options: Any) -> dict[str, Any]:
    """The result of one formula, in LaTeX if it has a backslash or a hat."""
    syntax = "latex" if "\\" in formula or "^" in formula else "numpy"
    told = report(problem, {answer: {"formula": formula, "syntax": syntax}}, **options)
    result: dict[str, Any] = told["results"][0]
    return result


RIGHT = [
    (SAMPLE, "Z2", r"\frac{\partial L}{\partial z^{(2)}_i} = \hat{y}_i - y_i", "y_hat is read as softmax(Z2)."),
    (SAMPLE, "Z2", r"\nabla_{z^{(3)}} J = \hat{y} - y", "y_hat is read as softmax(Z2)."),
    (SAMPLE, "Z2", r"\delta_i = \begin{cases} p_i - 1 & i = y \\ p_i & i \neq y \end{cases}", "p is read as softmax"),
    (SAMPLE, "Z1", r"\delta^{(1)} = (W^{(2)})^T \delta^{(2)} \circ \mathbb{1}[z^{(1)} > 0]", "delta2 is read as dZ2."),
    (SAMPLE, "Z1", r"\delta^{(2)} = (W^{(2)})^T \delta^{(3)} \circ f'(z^{(2)})", "z2 is read as Z1."),
    (SAMPLE, "W1", r"\nabla_{W^{(1)}} J = \delta^{(2)} x^T", "delta2 is read as dZ1."),
    (SAMPLE, "W2", r"\frac{\partial J}{\partial W^{(2)}_{ij}} = \delta^{(3)}_i a^{(2)}_j", "a2 is read as A1."),
    (SAMPLE, "Z2", r"\hat{y}_i - y_i", "y_hat is read as softmax(Z2)."),
    (SAMPLE, "A1", r"\sum_k W_{2,kj} \delta^{(2)}_k", "delta2 is read as dZ2."),
    (SAMPLE, "Z1", r"\delta^{(1)} = \mathbf{1}_{z^{(1)} > 0} \odot W_2^\top (p - e_y)", "p is read as softmax(Z2)."),
    (SAMPLE, "Z1", r"\delta^{(1)} = W_2' (p - y) .* H(z_1)", "H is read as the step function."),
    (SAMPLE, "Z1", r"dz^{[1]} = W^{[2]T} dz^{[2]} * g^{[1]'}(z^{[1]})", "g is read as relu."),
    (SAMPLE, "Z1", r"W_2^{\mathsf T} (p - y) \otimes I(z_1 > 0)", "p is read as softmax(Z2)."),
    (
        SAMPLE,
        "W1",
        r"\delta^{(3)} = p - y \\ \delta^{(2)} = W^{(2)T}\delta^{(3)} \circ 1\{z^{(2)} > 0\} \\ G = \delta^{(2)} x^t",
        "z2 is read as Z1.",
    ),
    (SAMPLE, "W2", r"\nabla_{W^2} J = (p - e_y) (a^1)^\top", "p is read as softmax(Z2)."),
    (BATCH, "b1", r"\frac{\partial L}{\partial b_1} = \sum_{i=1}^m \delta^{[1](i)}", "delta1 is read as dZ1."),
    (
        BATCH,
        "Z2",
        r"\frac{\partial J}{\partial z_2^{(n)}} = \frac{1}{N} (p^{(n)} - e_{y_n})",
        "p is read as softmax(Z2).",
    ),
    (BATCH, "Z2", "dscores = (probs - Y) / m\ndW2 = dscores.T @ h", "probs is read as softmax(Z2)."),
    (BATCH, "b2", r"\frac{\partial J}{\partial b_2} = \mathbf{1}^T \delta^{(2)}", "delta2 is read as dZ2."),
    (BATCH, "Z2", r"dZ^{[2]} = \frac{1}{m}(A^{[2]} - Y)", "m is read as N."),
    (BATCH, "W2", "dscores.T @ hidden_layer + 2 * reg * W2", "reg is read as lam."),
    (
        BATCH,
        "W2",
        "probs[range(num_train), y] -= 1\nprobs /= num_train\ndW2 = probs.T.dot(h) + 2*reg*W2",
        "h is read as",
    ),
    (SAMPLE, "A1", "dLdZ2 = SM(z2) - y\ndLdA1 = np.dot(W2.T, dLdZ2)", "y is read as one-hot rows"),
    (BATCH, "A1", "dNLLdA1 = (SM(Z2) - Y) / n @ W2", "Right."),
    (BATCH, "W2", "dLdZ2.T @ h + 2 * lam * W2", "dLdZ2 is read as dZ2."),
    (BATCH, "Z1", "dJdA1 * (Z1 > 0)", "dJdA1 is read as dA1."),
    (BATCH, "Z1", "dscores.dot(W2) * relu_grad(Z1)", "relu_grad is read as the derivative of relu."),
]


@pytest.mark.parametrize(("problem", "answer", "formula", "note"), RIGHT)
def test_a_name_of_courses_is_read_and_the_report_says_as_what(
    problem: dict[str, Any], answer: str, formula: str, note: str
) -> None:
    """Where one quantity of the problem fits a name, it is what is meant."""
    result = graded(problem, answer, formula)

    assert result["verdict"] == "correct", result["message"]
    assert note in result["message"]


@pytest.mark.parametrize(
    ("problem", "answer", "formula", "code"),
    [
        (SAMPLE, "W2", r"\frac{\partial J}{\partial W^{(2)}_{ij}} = (\hat y_i + y_i) a_j", "wrong_sign"),
        (BATCH, "W2", "dscores.T @ hidden_layer + reg * W2", "wrong_regularization_scale"),
        (BATCH, "Z2", "probs - Y", "missing_mean"),
    ],
)
def test_a_known_mistake_convicts(problem: dict[str, Any], answer: str, formula: str, code: str) -> None:
    """Under the conventional reading it comes about by a mistake that is known, so it is wrong."""
    result = graded(problem, answer, formula)

    assert (result["verdict"], codes(result)) == ("wrong", [code])


def test_without_a_cause_the_reading_is_shown_and_nobody_is_convicted() -> None:
    """An answer that no mistake explains may have meant another thing by the name."""
    result = graded(SAMPLE, "W2", r"\frac{\partial J}{\partial W^{(2)}_{ij}} = 3 \hat y_i^2 a_j")

    assert result["verdict"] == "not_gradable"
    assert "y_hat is read as softmax(Z2). a is read as A1." in result["message"]


def test_the_gradient_of_one_samples_own_loss_is_not_convicted() -> None:
    """Where dz^{(i)} is that of sample i's own loss, as courses have it, the mean is no mistake."""
    result = graded(BATCH, "b1", r"db^{[1]} = \frac{1}{m}\sum_{i=1}^m dz^{[1](i)}")

    assert result["verdict"] == "not_gradable"
    assert "is read as the gradient of the whole loss" in result["message"]


FORBIDDEN = {
    r"dW_2 = x, \quad dW_2 = (\mathrm{softmax}(Z_2) - Y) a^\top": "several results",
    r"dW_2 = (\mathrm{softmax}(Z_2) - Y) a^\top, \quad dW_2 = 2 (\mathrm{softmax}(Z_2) - Y) a^\top": "several results",
    r"Z_2 = (\mathrm{softmax}(Z_2) - Y) a^\top": "The left side is not the gradient by W2",
    r"dW_2 / 2 = (\mathrm{softmax}(Z_2) - Y) a^\top": "The left side is not the gradient by W2",
}


@pytest.mark.parametrize("formula", FORBIDDEN)
def test_what_a_text_says_of_itself_holds_in_every_reading(formula: str) -> None:
    """No other meaning of its names, and no other layout, makes an answer of what is not called the answer."""
    result = graded(SAMPLE, "W2", formula)

    assert result["verdict"] == "not_gradable"
    assert FORBIDDEN[formula] in result["message"]


def test_what_is_not_there_is_said_by_its_meaning() -> None:
    """A penalty factor in a problem without a penalty is no misspelt ReLU."""
    assert "usually is the factor of the penalty" in graded(SAMPLE, "b2", "softmax(Z2) - Y + reg")["message"]


def test_each_equality_of_a_chain_is_compared_and_the_last_member_is_the_answer() -> None:
    """The first = that does not hold is named, though what comes after it is right."""
    chain = (
        r"\frac{\partial L}{\partial z_i} = \sum_j \frac{\partial L}{\partial p_j} \frac{\partial p_j}{\partial z_i}"
    )
    right = graded(SAMPLE, "Z2", chain + r" = -\sum_j y_j (\delta_{ij} - p_i) = p_i - y_i")
    broken = graded(SAMPLE, "Z2", chain + r" = -\sum_j y_j (\delta_{ij} - p_j) = p_i - y_i")

    assert right["verdict"] == broken["verdict"] == "correct"
    assert "does not hold" not in right["message"]
    assert 'The = before "p_i - y_i" does not hold.' in broken["message"]


def test_an_entry_of_a_matrix_needs_its_left_side() -> None:
    """Which letter is the row is not said by the right side, however long the axes are."""
    result = graded(SAMPLE, "W2", r"(\hat{y}_i - y_i) a_j")

    assert result["verdict"] == "not_gradable"
    assert "W2_{ij}" in result["message"]
    assert "_{ji}" in result["message"]


def test_a_name_of_ones_own_that_cannot_be_read_means_nothing_else() -> None:
    """What courses call by that name is not put in its place."""
    result = graded(SAMPLE, "W2", r"\delta^{(2)} = p - \heartsuit \\ \nabla_{W_2} J = \delta^{(2)} a_1^\top")

    assert result["verdict"] == "not_gradable"


def test_names_of_the_problem_keep_their_numbers() -> None:
    """The gradient of the other layer is no right bias, though another numbering would make it one."""
    assert graded(BATCH, "b1", "dZ2.sum(axis=0)")["verdict"] == "not_gradable"


def test_a_rubric_may_name_any_formula() -> None:
    """A name of the staff's own comes before that of courses, and needs no note."""
    symbols = {"p": "softmax(Z2)", r"\delta^{(2)}": "dZ1", "q": "Z2"}
    rubric = {"symbols": symbols}

    assert graded(BATCH, "Z2", "(p - Y) / N", rubric=rubric)["message"] == "Right."
    assert graded(BATCH, "b1", "delta2.sum(axis=0)", rubric=rubric)["message"] == "Right."
    assert graded(BATCH, "b1", r"\sum_i \delta^{(2)}_i", rubric=rubric)["message"] == "Right."


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ({"p": "softmax(Z9)"}, "Z9"),
        ({"p": "softmax("}, "never closed"),
        ({"p q": "Z2"}, "can stand in no formula"),
        ({"Z2": "Z2"}, "is its own name"),
        ({"p": "probabilities"}, "There is no symbol"),
    ],
)
def test_a_name_that_would_do_nothing_is_refused(symbols: dict[str, str], message: str) -> None:
    """The staff hear of it when they give it, and not when a student is marked."""
    with pytest.raises(SpecError, match=message):
        graded(BATCH, "Z2", "(softmax(Z2) - Y) / N", rubric={"symbols": symbols})


@pytest.mark.parametrize("name", [name for name in sorted(DOCUMENTS) if "norm" not in name][::60])
def test_every_problem_has_roles(name: str) -> None:
    """Whatever the layers and the loss, the roles are found, and each meaning of a name is there once."""
    found = offered_by(key_of(name).written.context)

    assert found
    assert all(len({q.meaning for q in meanings}) == len(meanings) for meanings in found.values())
