r"""What people write in LaTeX beyond formulas by themselves: each way once right, and once with a mistake in it."""

# ruff: noqa: E501 (formulas as they are pasted)

from __future__ import annotations

from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
IN_OUT = k.problem | {
    "model": {"layers": k.problem["model"]["layers"], "layout": "in_out"},
    "parameters": {"W1": k.W1.T, "b1": k.b1, "W2": k.W2.T, "b2": k.b2},
}
LOGISTIC = {
    "model": {"layers": [{"type": "linear"}], "layout": "in_out"},
    "loss": {"type": "binary_cross_entropy"},
    "parameters": {"W1": [[0.3], [-0.2], [0.5], [0.1]], "b1": [0.4]},
    "data": {"x": k.X, "y": (k.y > 0)[:, None].astype(float)},
}
COLUMNS = {
    "model": {"layers": k.problem["model"]["layers"], "samples": "columns"},
    "loss": {"type": "cross_entropy"},
    "parameters": {"W1": k.W1, "b1": k.b1[:, None], "W2": k.W2, "b2": k.b2[:, None]},
    "data": {"x": k.X.T, "y": k.y},
}
WAYS: dict[str, tuple[dict[str, Any], str, str, str, str]] = {
    "a class number at a foot": (
        k.problem, "b2", r"\frac1N \sum_{i=1}^N (p_i - e_{y_i})", "- e", "+ e",
    ),
    "an indicator with a class number at its foot": (
        k.problem, "b2", r"\frac1N \sum_{i=1}^N (p_i - \mathbb{1}_{y^{(i)}})", r"\frac1N", r"\frac2N",
    ),
    "unit vectors of letters": (
        k.problem, "b2", r"\frac1N \sum_{i=1}^N \sum_{c=1}^{3} (p_{ic} - [c = y_i]) e_c", "- [", "+ [",
    ),
    "an entry at a class number": (
        k.problem, "b2", r"-\frac1N \sum_{i=1}^N \left(\frac{1}{p_{i,y_i}}\right) p_{iy_i} (e_{y_i} - p_i)", "- p_i)", "+ p_i)",
    ),
    "a sum with a condition": (
        k.problem, "b2",
        r"\frac{\partial J}{\partial b_{2,c}} = \frac1N \sum_i p_{ic} - \frac1N \sum_{i: y_i = c} 1", "y_i = c", r"y_i \neq c",
    ),
    "the weights of a unit": (
        IN_OUT, "W2", r"\nabla_{w^{(2)}_c} J = \frac1N \sum_{n=1}^N (p_{nc} - [y_n = c])\, h_n + 2\lambda w^{(2)}_c",
        r"2\lambda", r"\lambda",
    ),
    "the weight of an input": (
        LOGISTIC, "W1", r"\frac{\partial J}{\partial w_j} = \frac1m \sum_{i=1}^m (\hat y^{(i)} - y^{(i)}) x_j^{(i)}", "- y", "+ y",
    ),
    "a hypothesis with parameters": (
        LOGISTIC, "W1", r"\frac1m \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)}) x^{(i)}", "- y", "+ y",
    ),
    "a number for a column of one": (
        LOGISTIC, "W1", r"\frac1N \sum_{i=1}^N (\sigma(w^\top x_i + b) - y_i)\, x_i", "+ b", "- b",
    ),
    "a bias times ones": (
        LOGISTIC, "W1", r"\frac1N X^\top (\sigma(X w + b \mathbf 1) - y)", r"+ b", r"- b",
    ),
    "samples in columns": (
        COLUMNS, "b1", r"\sum_{i=1}^N dZ_1^{(i)}", "dZ", "2 dZ",
    ),
    "a sum that leaves the sample out": (
        k.problem, "W2", r"\sum_{i=1}^N \delta_2 h^\top + 2\lambda W_2", r"2\lambda", r"\lambda",
    ),
    "the last layer by its letter": (
        k.problem, "W2", r"\sum_{i=1}^N \delta^L_i (a^{L-1}_i)^\top + 2\lambda w^L", r"2\lambda", r"\lambda",
    ),
    "layers above names": (
        k.problem, "A1", r"\frac1N (a^2 - y) w^2", "- y", "+ y",
    ),
    "Greek letters at feet": (
        k.problem, "A1", r"\frac{\partial J}{\partial h_{\mu\nu}} = \sum_\kappa \frac{\partial J}{\partial z_{2,\mu\kappa}} W_{2,\kappa\nu}",
        r"\sum", r"-\sum",
    ),
    "parentheses around a name": (
        k.problem, "W2", r"\frac{\partial J}{\partial (W_2)_{cj}} = \sum_i (dZ_2)_{ic} (A_1)_{ij} + 2\lambda (W_2)_{cj}",
        r"2\lambda", r"\lambda",
    ),
    "a probability by its condition": (
        k.problem, "b2", r"\frac{\partial J}{\partial b_{2,c}} = -\frac1N \sum_i \left(1\{y^{(i)} = c\} - P(y^{(i)} = c \mid x^{(i)})\right)",
        "- P", "+ P",
    ),
    "ones beside rows": (
        k.problem, "Z2", r"\frac1N \left(\operatorname{softmax}(A_1 W_2^\top + \mathbf 1 b_2^\top) - Y\right)", "- Y", "+ Y",
    ),
    "prose around formulas": (
        k.problem, "W2", "Let $G = \\frac1N (P - Y)$ be the error. Then\n$$\\nabla_{W_2} J = G^T A_1 + 2\\lambda W_2$$", r"2\lambda", r"\lambda",
    ),
    "an explanation after it": (
        k.problem, "Z2", "\\frac{1}{N}(p - t), where $p = \\operatorname{softmax}(z_2)$ and $t$ is one-hot", "p - t", "p + t",
    ),
    "a function of one's own": (
        k.problem, "Z1", "\\delta^1 = (dZ_2 W_2) \\odot g'(Z_1), \\quad g'(u) = 1[u > 0]", "u > 0", "u < 0",
    ),
    "names with a prime": (
        k.problem, "W1", "G = \\frac1N (P - Y) \\\\ G' = (G W_2) \\odot 1[Z_1 > 0] \\\\ dW_1 = G'^{\\top} X + 2\\lambda W_1", r"2\lambda", r"\lambda",
    ),
}  # fmt: skip
"""By what they show: a problem, what is asked, a right answer, and a change that makes it wrong."""


def graded(problem: dict[str, Any], answer: str, formula: str) -> dict[str, Any]:
    """The result of one formula in LaTeX."""
    return dict(report(problem, {answer: {"formula": formula, "syntax": "latex"}})["results"][0])


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("way", WAYS)
def test_it_is_read_as_it_is_meant(way: str) -> None:
    """The right answer is right, and with the mistake in it it is not."""
    problem, answer, right, place, wrong = WAYS[way]
    assert right.count(place) >= 1

    one, other = graded(problem, answer, right), graded(problem, answer, right.replace(place, wrong, 1))

    assert one["verdict"] == "correct", one["message"]
    assert other["verdict"] in {"wrong", "not_gradable"}, other["message"]


DOUBTS = {
    "a letter for two things": (r"\frac1N (\operatorname{softmax}(s) - Y)", r"\frac1N (\operatorname{softmax}(s) + Y)"),
    "a power or a layer": (r"\frac1N (a^2 - Y)", r"\frac1N (a^2 + Y)"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_of_several_readings_a_right_one_acquits(doubt: str) -> None:
    """Where none is right, it is not gradable, and the readings are shown."""
    right, wrong = DOUBTS[doubt]

    assert graded(k.problem, "Z2", right)["verdict"] == "correct"
    refused = graded(k.problem, "Z2", wrong)
    assert refused["verdict"] == "not_gradable"
    assert "several ways" in refused["message"]


@pytest.mark.parametrize(
    ("syntax", "formula"),
    [("numpy", "(psi(Z2) - Y) / N @ W2.T"), ("latex", r"\frac1N (\hat Y - Y) W_2^\top"), ("numpy", "W2 @ dZ2")],
)
def test_a_product_that_does_not_exist_lacks_a_transpose(syntax: str, formula: str) -> None:
    """If one makes it right, that is the mistake, and its place is told; if none does, nothing is said."""
    result = report(k.problem, {"A1": {"formula": formula, "syntax": syntax}})["results"][0]

    if "dZ2" in formula:
        assert result["verdict"] == "not_gradable"
    else:
        assert (result["verdict"], codes(result)) == ("wrong", ["missing_transpose"])
        assert formula[slice(*result["repair"]["span"])].startswith("W")


WRONG_AXES = ["np.sum(dZ1, axis=1)", "dZ1.sum(axis=1)", "dZ1 @ np.ones(5)"]


@pytest.mark.parametrize("formula", WRONG_AXES)
def test_code_is_not_turned_around(formula: str) -> None:
    """Code that sums over the wrong axis is no code for samples in columns: it computes with the arrays as they are."""
    result = report(k.problem, {"b1": {"formula": formula, "syntax": "numpy"}})["results"][0]

    assert result["verdict"] not in {"correct", "correct_up_to_convention"}


ZERO = {
    "model": {
        "layers": [{"type": "linear", "units": 3}, {"type": "batch_norm"}, {"type": "linear", "units": 2}],
        "input": 4,
    },
    "loss": {"type": "squared_error"},
    "initialize": {"type": "he_normal", "seed": 1},
    "data": {"x": k.X, "y": k.X[:, :2]},
}


@pytest.mark.parametrize(
    "given", [{"formula": "0"}, {"formula": r"\mathbf{0}"}, {"text": "0, 0, 0"}, {"array": [0, 0, 0]}]
)
def test_nothing_is_right_where_the_gradient_is_nothing(given: dict[str, Any]) -> None:
    """However it is written: a bias before batch norm has the gradient 0, and no other array is 0."""
    results = {one["answer"]: one["verdict"] for one in report(ZERO, {"b1": given, "beta2": given})["results"]}

    assert results["b1"] == "correct"
    assert results["beta2"] in {"wrong", "not_gradable"}


def test_a_number_is_an_array_of_one_entry() -> None:
    """A mean over all samples is the gradient by a bias of one unit."""
    result = report(LOGISTIC, {"b1": {"formula": "np.mean(sigmoid(Z1) - Y)"}})["results"][0]

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.parametrize("name", ["dW2", "grad_W2", "W2_grad", 'grads["W2"]', "dL_dW2", " W2"])
def test_an_answer_means_what_it_names(name: str) -> None:
    """The gradient by W2, also where a rubric asks for W2; two answers that mean W2 are none, since either may be."""
    right = {"formula": "dZ2.T @ A1 + 2 * lam * W2"}
    alone = report(k.problem, {name: right}, rubric={"points": {"W2": 3}})
    beside = report(k.problem, {"W2": right, name: {"formula": "W2"}}, rubric={"points": {"W2": 3}})

    assert (alone["score"], alone["max_score"]) == (3, 3)
    (result,) = beside["results"]
    assert (result["answer"], result["verdict"]) == ("W2", "not_gradable")
    assert "one answer is wanted" in result["message"]


def test_gradients_in_a_dictionary_are_gradients() -> None:
    """What `grads` holds under a name is the gradient by it, also where the text does not fill it itself."""
    result = report(k.problem, {"W2": {"formula": 'grads["Z2"].T @ cache["A1"] + 2 * lam * params["W2"]'}})["results"][
        0
    ]

    assert result["verdict"] == "correct", result["message"]


def test_a_derivative_of_a_size_is_refused() -> None:
    """It is none, and no fault of the service."""
    refused = graded(k.problem, "W2", r"\frac{\partial N}{\partial Z_2}")

    assert refused["verdict"] == "not_gradable"
    assert "logged" not in refused["message"]


CONDITIONS = [
    r"\frac1N (p - t), where $i \neq j$",
    r"Let $d = (p - t) / N$ for $y = c$. Then $dZ_2 = d$",
    r"Let $d = (p - t) / N$ with $i \neq j$. Then $dZ_2 = d$",
    r"dZ_2 = \frac1N (p - t) for i \neq j",
]


@pytest.mark.parametrize("formula", CONDITIONS)
def test_a_condition_in_words_is_not_left_out(formula: str) -> None:
    """What is said with it does not hold without it: it is not graded, though it would be right."""
    assert graded(k.problem, "Z2", formula)["verdict"] == "not_gradable"


OPEN, CLOSE = "(" * 20, ")" * 20
FUNCTIONS = {
    "of itself": r"f(z) = f(z) \\ dZ_2 = f(dZ_2)",
    "of one another": r"f(z) = g(z) \\ g(z) = f(z) \\ dZ_2 = f(dZ_2)",
    "called often": "f(z) = " + "z+" * 90 + r"z \\ dZ_2 = " + "f(dZ_2)+" * 60 + "0",
    "deep": r" \\ ".join(f"f{a}(z) = {OPEN}f{b}(z){CLOSE}" for a, b in ("ab", "bc", "cd"))
    + rf" \\ fd(z) = {OPEN}z{CLOSE} \\ dZ_2 = {OPEN}fa(dZ_2){CLOSE}",
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_of_ones_own_have_bounds(case: str) -> None:
    """What calls itself, is called too often or too deep is refused in words, and is no fault of the service."""
    result = graded(k.problem, "Z2", FUNCTIONS[case])

    assert result["verdict"] == "not_gradable"
    assert "logged" not in result["message"]
