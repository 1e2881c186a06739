r"""Answers in LaTeX as they are typed: masks, small letters for large ones, primed indices, sums without a letter."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report
from tests.grading.test_whole_functions import HINGE, RIDGE

k = Classifier()


def graded(answer: str, formula: str, problem: dict[str, Any] | None = None) -> dict[str, Any]:
    """The result of one text in LaTeX."""
    answers = {answer: {"formula": formula, "syntax": "latex"}}
    return dict(report(problem or k.problem, answers)["results"][0])


SCORES = r"\frac1N (\hat Y - Y)"
NAMES = ["dh", "G", r"d\text{hidden}", "dA_1", "da_1", "h.g", "A_1.grad"]
GATES = {r"Z_1 \le 0": True, "z_1 < 0": True, r"A_1 \leq 0": True, "hidden > 0": False, r"Z_1 \geq 0": False}


WAYS = [(name, gate, "{}[{}]") for name, gate in product(NAMES, GATES)]
WAYS += [(name, gate, "{}_{{{}}}") for name, gate in product(NAMES, GATES) if "_" not in name]


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize(("name", "gate", "form"), WAYS)
def test_entries_are_set_where_something_holds(name: str, gate: str, form: str) -> None:
    r"""As code does it: `dh[Z_1 \le 0] = 0` is the gate of a ReLU, and the other way round it is none."""
    lines = [f"{name} = {SCORES} W_2", f"{form.format(name, gate)} = 0", rf"dW_1 = {name}^\top X + 2\lambda W_1"]
    result = graded("W1", r"\begin{align} " + r" \\ ".join(lines) + r" \end{align}")

    assert (result["verdict"], codes(result)) == (("correct", []) if GATES[gate] else ("wrong", ["wrong_gate"]))


def test_entries_of_what_is_not_known_are_not_set() -> None:
    """Nothing is graded that is made of it."""
    assert graded("W1", r"Q[Z_1 \le 0] = 0 \\ dW_1 = Q^\top X + 2\lambda W_1")["verdict"] == "not_gradable"


SPELT = ["dZ_{n}", "dz_{n}", "dz^{{({n})}}", "Z_{n}.g", "dZ^{{[{n}]}}"]


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize(("one", "other"), list(product(SPELT, SPELT)))
def test_a_definition_counts_however_its_letters_are_written(one: str, other: str) -> None:
    """A wrong line for dz_1 makes what follows from it wrong, though dZ1 is a name of the problem."""
    lines = [f"{one.format(n=2)} = {SCORES}", rf"{one.format(n=1)} = ({other.format(n=2)} W_2) \odot <gate>"]
    lines.append(rf"dW_1 = ({other.format(n=1)})^\top X + 2\lambda W_1")
    text = r" \\ ".join(lines)
    right, wrong = (graded("W1", text.replace("<gate>", rf"\mathbb 1\{{Z_1 {sign} 0\}}")) for sign in "><")

    assert right["verdict"] == "correct", right["message"]
    assert wrong["verdict"] == "wrong", wrong["message"]


CONDITIONS = {
    "cases": (
        r"M_{ij} = \begin{cases} <own> & j = y_i \\ 1 & j \neq y_i,\ s_{ij} - s_{i y_i} + 1 > 0 \\"
        r" 0 & \text{otherwise} \end{cases}"
    ),
    "an indicator": r"M_{ij} = \mathbb 1\{j \neq y_i, s_{ij} - s_{i,y_i} + 1 > 0\} + \delta_{j y_i} (<own>)",
}
COUNT = r"-\sum_{k \neq y_i} \mathbb 1(s_{ik} - s_{i,y_i} + 1 > 0)"


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_comma_between_conditions_means_and(name: str) -> None:
    """In cases and in the braces of an indicator."""
    text = CONDITIONS[name] + r" \\ \nabla_{W_1} J = \frac1N X^\top M"
    right, wrong = (graded("W1", text.replace("<own>", own), HINGE) for own in (COUNT, "-1"))

    assert right["verdict"] == "correct", right["message"]
    assert codes(wrong) == ["hinge_count_missing"]


PRIMES = ["c'", r"c^{\prime}", r"c^\prime", "c''"]


@pytest.mark.parametrize("letter", PRIMES)
def test_an_index_with_a_prime_is_another_letter(letter: str) -> None:
    """As the one that a softmax sums over."""
    softmax = rf"p_{{ic}} = \frac{{e^{{z_{{ic}}}}}}{{\sum_{{{letter}}} e^{{z_{{i{letter}}}}}}}"
    line = r"\frac{\partial J}{\partial Z_{2,ic}} = \frac1N (<p> - \delta_{c, y_i}), \qquad "

    assert graded("Z2", line.replace("<p>", "p_{ic}") + softmax)["verdict"] == "correct"
    assert graded("Z2", line.replace("<p>", "2 p_{ic}") + softmax)["verdict"] in {"wrong", "not_gradable"}


@pytest.mark.parametrize(("factor", "verdict"), [(r"\frac{1}{N} \sum", "correct"), (r"\sum", "wrong")])
def test_a_sum_without_a_letter_is_that_over_the_samples(factor: str, verdict: str) -> None:
    """The report says so."""
    result = graded("b1", rf"\frac{{\partial J}}{{\partial b_1}} = {factor} (\hat y - y)", RIDGE)

    assert result["verdict"] == verdict
    assert "The sum is read as that over the samples." in result["message"]


LEFTS = [r"\nabla E(\mathbf{w})", r"\nabla J(w)", r"\nabla \mathcal{L}(W_1)", r"\nabla J(\theta)"]


@pytest.mark.parametrize("left", LEFTS)
def test_the_gradient_of_a_loss_is_that_by_what_the_loss_is_given(left: str) -> None:
    r"""As in \nabla E(w); it is no answer to another question."""
    formula = left + r" = \frac1N X^\top (\hat y - y) + \lambda W_1"

    assert graded("W1", formula, RIDGE)["verdict"] == "correct"
    assert graded("b1", formula, RIDGE)["verdict"] == "not_gradable"


NOTES = [
    r"\mathbf{O} = \text{scores}",
    r"\mathbf O = \text{logits},\ \mathbf{Y} = \text{one-hot labels}",
    r"\mathbf{O}_i = \text{scores of sample } i",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_name_may_be_given_to_the_scores_in_words(note: str) -> None:
    """Before it and behind it, the gradient by this name is that by the scores."""
    right = (
        r"\frac{\partial J}{\partial \mathbf{O}} = \frac1N (\mathrm{softmax}(\mathbf{O}) - \mathbf{Y}), \quad " + note
    )

    assert graded("Z2", right)["verdict"] == "correct"
    assert codes(graded("Z2", right.replace(r"\frac1N ", ""))) == ["missing_mean"]


def test_the_place_of_a_mistake_has_both_of_its_brackets() -> None:
    """Also that of a sum, which goes up to the next plus."""
    text = r"\frac{\partial J}{\partial W_{2,kj}} = \sum_i A_{1,ij} (\hat y_{ik} - y_{ik}) + 2 \lambda W_{2,kj}"
    (found,) = graded("W2", text)["diagnosis"]

    assert found["code"] == "missing_mean"
    assert text[slice(*found["where"]["span"])] == r"\sum_i A_{1,ij} (\hat y_{ik} - y_{ik})"


THETA = r"\frac1N \sum_i (h_\theta(x^{(i)}) - y^{(i)}) "
RENAMED = [
    (
        rf"\frac{{\partial J(\theta)}}{{\partial \theta_j}} = <s> {THETA} x_j^{{(i)}} + \lambda \theta_j"
        r" \quad (\theta = W_1,\ h_\theta(x) = p)"
    ),
    rf"$$\nabla_\theta J = <s> {THETA} x^{{(i)}} + \lambda \theta$$ where $\theta = W_1$ and $h_\theta(x) = \hat y$",
    r"\frac{\partial J}{\partial v} = <s> \frac1N X^\top (\hat y - y) + \lambda v, \quad v = W_1",
]


@pytest.mark.parametrize("text", RENAMED)
def test_a_parameter_may_be_called_otherwise(text: str) -> None:
    """That is no answer, and the gradient by its new name is that by the parameter."""
    right, wrong = (graded("W1", text.replace("<s>", sign), RIDGE) for sign in ("", "-"))

    assert right["verdict"] == "correct", right["message"]
    assert wrong["verdict"] in {"wrong", "not_gradable"}
    assert "parameter_for_gradient" not in codes(wrong)


LOCAL = [
    r"\frac{\partial J}{\partial Z_1} = <g> \odot \frac{\partial L}{\partial A_1}, \text{ where } <g> = <one>",
    r"<g> = <one> \\ \frac{\partial J}{\partial Z_1} = dA_1 \odot <g>",
]


@pytest.mark.parametrize("text", LOCAL)
def test_a_derivative_on_the_way_is_what_the_text_says(text: str) -> None:
    """It is worked out by its own line, and the true one is not put in its place."""
    text = text.replace("<g>", r"\frac{\partial h}{\partial z_1}").replace("<one>", r"\mathbb 1[Z_1 <r> 0]")

    assert graded("Z1", text.replace("<r>", ">"))["verdict"] == "correct"
    assert codes(graded("Z1", text.replace("<r>", "<"))) == ["wrong_gate"]


SAID = ["where $g$ is the sigmoid", "with $g$ the logistic function", "where $g$ denotes a sigmoid activation"]


@pytest.mark.parametrize("words", SAID)
def test_words_say_which_function_a_letter_is(words: str) -> None:
    """As a definition of it would."""
    layers = [{"type": "linear", "units": 1}]
    problem = RIDGE | {
        "model": {"layers": layers, "layout": "in_out"},
        "loss": {"type": "binary_cross_entropy"},
        "regularization": None,
        "data": RIDGE["data"] | {"y": [[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]]},
    }
    formula = r"$$\nabla_{b_1} J = \frac1N \sum_i (g(z_i) <s> y_i)$$ " + words

    assert graded("b1", formula.replace("<s>", "-"), problem)["verdict"] == "correct"
    assert codes(graded("b1", formula.replace("<s>", "+"), problem)) == ["wrong_sign"]


@pytest.mark.parametrize("end", [r"\blacksquare", r"\qed", r"\quad $\square$"])
def test_the_end_of_a_proof_is_no_part_of_it(end: str) -> None:
    """Nor is the gap before it."""
    assert (
        graded("Z2", rf"$$\frac{{\partial J}}{{\partial Z_2}} = \frac1N (\hat Y - Y) {end}$$")["verdict"] == "correct"
    )


def test_braces_are_brackets_behind_a_function() -> None:
    r"""As in diag\{…\}."""
    formula = (
        r"\frac{\partial J}{\partial z_{1,i}} = \operatorname{diag}\left\{ \mathbb 1[z_{1,i} > 0] \right\} da_{1,i}"
    )

    assert graded("Z1", formula)["verdict"] == "correct"


LABELS = {
    r"t_{nk} = 1 \text{ if sample } n \text{ has class } k \text{, else } 0": True,
    r"t_{nk} = 1 \text{ when } k \text{ is the label of } n, 0 \text{ otherwise}": True,
    r"t_{nk} = 1 \text{ if sample } n \text{ does not have class } k \text{, else } 0": False,
    r"t_{nk} = 1 \text{ if sample } n \text{ has another class than } k \text{, else } 0": False,
}


@pytest.mark.parametrize("words", LABELS)
def test_words_say_what_the_one_hot_target_is(words: str) -> None:
    """What courses call so is read then; words that say something else are none of them."""
    line = r"\frac{\partial J}{\partial z_{2,nk}} = \frac1N (\hat y_{nk} - t_{nk}), \quad " + words

    assert graded("Z2", line)["verdict"] == ("correct" if LABELS[words] else "not_gradable")


ONE = {
    "model": {
        "derivation": "sample",
        "layers": [{"type": "linear", "units": 4}, {"type": "tanh"}, {"type": "linear", "units": 2}],
    },
    "loss": {"type": "squared_error", "scale": 0.5},
    "initialize": {"type": "he_normal", "seed": 1},
    "data": {"x": [[0.3, -1.0, 0.7]], "y": [[0.2, 1.0]]},
}
LYING = {
    r"v = A_1^\top \\ (Z_2 - Y) v": "correct",
    r"v = (Z_2 - Y)^\top \\ v^\top A_1^\top": "correct",
    r"v = A_1^\top \\ \frac{\partial J}{\partial W_2} = (Z_2 - Y) v^\top": "wrong",
}


@pytest.mark.parametrize("text", LYING)
def test_a_name_of_a_row_is_that_of_a_row(text: str) -> None:
    """A transpose in the definition of a name counts where the name is used."""
    assert graded("W2", text, ONE)["verdict"] == LYING[text]


@pytest.mark.parametrize("separator", [", ", r",\ ", r",\; ", "; ", r",\quad ", r" \\ "])
def test_a_definition_with_letters_stands_before_a_claim_with_letters(separator: str) -> None:
    """Whatever separates them: what courses call so is not put in its place."""
    claim = r"\frac{\partial J}{\partial Z_{2,ik}} = \frac1N (p_{ik} - Y_{ik})"
    right = rf"p_{{ik}} = \hat y_{{ik}}{separator}{claim}"

    assert graded("Z2", right)["verdict"] == "correct"
    assert graded("Z2", right.replace("= \\hat y", "= 2 \\hat y"))["verdict"] in {"wrong", "not_gradable"}


@pytest.mark.parametrize("scaled", [r"L = 2J", r"C = -J", r"\mathcal{L} = \frac12 J"])
def test_a_multiple_of_the_loss_is_not_the_loss(scaled: str) -> None:
    """Its gradients are others, whatever name of the loss it has."""
    text = scaled + r" \\ \frac{\partial L}{\partial Z_2} = \frac1N (\hat Y - Y)"

    assert graded("Z2", text)["verdict"] == "not_gradable"


def test_a_whole_file_may_be_submitted() -> None:
    """What it has around its text is no part of the answer."""
    formula = r"\[ dZ_2 = \frac1N (\hat Y - Y) \]"
    text = rf"\documentclass{{article}} \begin{{document}} \section*{{Answer}} {formula} \end{{document}}"

    assert graded("Z2", text)["verdict"] == "correct"
