"""Formulas as answers: every way to write the right one is right, and no other is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler import textbook
from chainruler.handlers.derivation import derivation
from chainruler.schemas.requests import DerivationRequest
from tests.grading.problems import CONTEXT, Classifier, codes, report
from tests.support.sampling import examples

k = Classifier()
SIGNAL = [
    "(softmax(Z2) - Y) / N",
    "1/N * (softmax(Z2) - onehot(y, 3))",
    "-(Y - exp(Z2) / sum(exp(Z2), axis=1, keepdims=True)) / N",
]
SIGNAL += ["dZ2", "(psi(Z2) - Y) * N**-1"]
GATE = ["(Z1 > 0)", "(A1 > 0)", "(1 - (Z1 <= 0))", "step(Z1)", "phi'(Z1)"]
PENALTY = ["2 * lam * {W}", "({W} * lam + lam * {W})", "lam * ({W} + {W})", "2 * {W} * lam"]


@st.composite
def right_formulas(draw: st.DrawFn) -> tuple[str, str]:
    """The gradient by a parameter, put together from equivalent pieces."""
    signal, gate = draw(st.sampled_from(SIGNAL)), draw(st.sampled_from(GATE))
    hidden = draw(
        st.sampled_from(
            [f"(({signal}) @ W2) * {gate}", f"{gate} * (({signal}) @ W2)", f"(W2.T @ ({signal}).T).T * {gate}"]
        )
    )
    of = draw(st.sampled_from(["W2", "b2", "W1", "b1"]))
    delta, inputs = (signal, "A1") if of.endswith("2") else (hidden, "X")
    if of.startswith("b"):
        return of, draw(
            st.sampled_from(
                [
                    f"sum({delta}, axis=0)",
                    f"({delta}).sum(axis=0)",
                    f"ones((N,)) @ ({delta})",
                    f"N * mean({delta}, axis=0)",
                ]
            )
        )
    product = draw(
        st.sampled_from([f"({delta}).T @ {inputs}", f"({inputs}.T @ ({delta})).T", f"np.dot(({delta}).T, {inputs})"])
    )
    penalty = draw(st.sampled_from(PENALTY)).format(W=of)
    return of, draw(
        st.sampled_from([f"{product} + {penalty}", f"{penalty} + {product}", f"-(-({product}) - {penalty})"])
    )


@settings(max_examples=examples(150))
@given(right_formulas())
def test_every_way_to_write_a_gradient_is_right(pair: tuple[str, str]) -> None:
    """Reordered, expanded, transposed, with other gates and another softmax: it is the same function."""
    answer, formula = pair

    result = report(k.problem, {answer: {"formula": formula}})["results"][0]

    assert result["verdict"] == "correct", (formula, result["message"])


CHANGES = [
    (" / N", ""),
    ("2 * lam", "lam"),
    ("+", "-"),
    ("X", "Z1"),
    ("A1", "Z1"),
    ("W2", "W2 * W2"),
    ("softmax", "exp"),
]
CHANGES += [("Y", "0 * Y"), (" > 0", " < 0")]


@settings(max_examples=examples(100))
@given(right_formulas(), st.sampled_from(CHANGES))
def test_a_formula_that_is_changed_is_right_only_if_it_is_the_same_function(
    pair: tuple[str, str], change: tuple[str, str]
) -> None:
    """One small change is never waved through: it is right exactly where NumPy says so on other numbers."""
    answer, formula = pair
    changed = formula.replace(*change, 1)

    result = report(k.problem, {answer: {"formula": changed}})["results"][0]

    if result["verdict"] != "not_gradable":
        assert (result["verdict"] == "correct") == _is_right_by_numpy(answer, changed), changed


def _is_right_by_numpy(answer: str, formula: str) -> bool:
    """Whether Python itself, with NumPy's functions, computes the hand-written gradient from the formula."""
    for seed in (11, 12):
        c = Classifier(seed)
        right = c.backward()
        names: dict[str, Any] = {"np": np, "exp": np.exp, "sum": np.sum, "mean": np.mean, "ones": np.ones}
        names |= {
            "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
            "step": lambda z: (z > 0) * 1.0,
        }
        names |= {
            "onehot": lambda y, n: np.eye(n)[y],
            "N": 7,
            "lam": 0.37,
            "dZ2": (c.P - c.Y) / 7,
            "psi": names["softmax"],
        }
        names |= {name: getattr(c, name) for name in ("X", "y", "Y", "W1", "b1", "W2", "b2", "Z1", "A1", "Z2")}
        text = formula.replace("phi'(Z1)", "step(Z1)")
        value = eval(text, names)  # noqa: S307 (formulas that this test has made)
        if np.shape(value) != right[answer].shape or not np.allclose(value, right[answer], rtol=1e-8, atol=1e-12):
            return False
    return True


LATEX = [
    ("W2", r"\frac{1}{N} (\operatorname{softmax}(Z_2) - Y)^\top A_1 + 2\lambda W_2", True),
    ("W2", r"\frac1N (\psi(Z_2) - \Delta)^T \phi(Z_1) + 2 \lambda W^{(2)}", True),
    ("W2", r"\frac1N (\psi(Z_2) - \Delta)^T \phi(Z_1) + \lambda W^{(2)}", False),
    ("W1", r"\left(\frac{\partial J}{\partial Z_2} W_2 \odot \mathbb{1}\{Z_1 > 0\}\right)^\top X + 2\lambda W_1", True),
    ("W1", r"\left(dZ_2 W_2 \odot [Z_1 > 0]\right)^\top X + 2\lambda W_1", True),
]


@pytest.mark.parametrize(("answer", "formula", "right"), LATEX)
def test_latex_is_graded_as_it_is_read(answer: str, formula: str, *, right: bool) -> None:
    """What a textbook prints, with the model's own functions, and read back to whoever wrote it."""
    result = report(k.problem, {answer: {"formula": formula, "syntax": "latex"}})["results"][0]

    assert (result["verdict"] == "correct") == right
    assert set(result["read_as"]) == {"numpy", "latex", "mathml"}


SUMS = [
    ("W2", r"\sum_i (\psi(z^{(2)}_i)-Y_i)(a^{(1)}_i)^\top + 2\lambda W_2", ["missing_mean"]),
    ("b2", r"\sum_i (\psi(z^{(2)}_i)-Y_i)", ["missing_mean"]),
    ("W2", r"\sum_i \psi(z^{(2)}_i)(a^{(1)}_i)^\top/N + 2\lambda W_2", ["missing_target"]),
    ("W1", r"\sum_i (W_2^\top (dZ_2)_i)(x_i)^\top + 2\lambda W_1", ["missing_gate"]),
    ("W2", r"\frac1N\sum_i (Y_i-\psi(z^{(2)}_i))(a^{(1)}_i)^\top + 2\lambda W_2", ["wrong_sign"]),
    ("W2", r"\frac1N\sum_i (\psi(z^{(2)}_i)-Y_i)(a^{(1)}_i)^\top", ["missing_regularization"]),
    ("W2", r"\frac1N\sum_i (\psi(z^{(2)}_i)-y_i)(a^{(1)}_i)^\top + 2\lambda W_2", []),
    ("W2", r"\frac1N\sum_i (\psi(z^{(2)}_i)-Y_i)(a^{(1)}_i)^\top + 2\lambda W_2", []),
]


@pytest.mark.parametrize(("answer", "formula", "found"), SUMS)
def test_sums_over_samples_are_diagnosed(answer: str, formula: str, found: list[str]) -> None:
    """Inside a sum, z_i is one sample: it has no value by itself, where a wrong step or a repair is looked for."""
    result = report(k.problem, {answer: {"formula": formula, "syntax": "latex"}})["results"][0]

    assert result["verdict"] == ("wrong" if found else "correct")
    assert codes(result) == found


@pytest.mark.parametrize(
    ("answer", "formula", "said"),
    [
        ("W2", "(dZ2.T @ A1", 'column 1: ")" is missing'),
        ("W2", "dZ2 @ A1", "column 1"),
        ("W2", "dZ3.T @ A1", 'Did you mean "dZ2"?'),
        ("W2", "sum(dZ2)", "has the shape ()"),
        ("W2", "dW2", '"dW2" is not known'),
        ("Z2", "dA1 @ W2.T", '"dA1" is not known'),
        ("W2", "__import__('os').getpid()", "column"),
        ("W2", "A1 ** 99", "exponent"),
        ("W2", "", "The formula is empty."),
        ("W2", "W2 + " * 400 + "W2", "at most 2000 are read"),
    ],
)
def test_a_formula_that_cannot_be_right_costs_nothing(answer: str, formula: str, said: str) -> None:
    """Syntax, shapes, unknown names, and the answer itself are refused with the place, and are no mistake."""
    result = report(k.problem, {answer: {"formula": formula}})["results"][0]

    assert result["verdict"] == "not_gradable"
    assert said in result["message"]
    assert result["diagnosis"] == []


def test_numbers_may_stand_for_sizes() -> None:
    """1/7 and 0.74 are right for a problem with seven samples and this λ; it is said that N and lam are righter."""
    result = report(k.problem, {"W2": {"formula": "(softmax(Z2) - Y).T @ A1 / 7 + 0.74 * W2"}})["results"][0]

    assert result["verdict"] == "correct"
    assert "sizes and factors of this problem" in result["message"]


@pytest.mark.parametrize("factor", ["(N < 50)", "(lam < 1)", "(lam * N > 0.001)", "where(N > 99, 0, 1)"])
def test_a_formula_may_ask_for_sizes(factor: str) -> None:
    """It is right for the problem that is posed; it is said that it may be wrong for another one."""
    formula = f"(softmax(Z2) - Y).T @ A1 / N * {factor} + 2 * lam * W2"
    result = report(k.problem, {"W2": {"formula": formula}})["results"][0]

    assert result["verdict"] == "correct"
    assert "sizes and factors of this problem" in result["message"]


def test_gradients_of_later_lines_can_be_barred() -> None:
    """Without `upstream`, every answer has to be derived from the start."""
    answers = {"W2": {"formula": "dZ2.T @ A1 + 2 * lam * W2"}}

    assert report(k.problem, answers)["correct"]
    barred = report(k.problem, answers, rubric={"upstream": False})["results"][0]
    assert barred["verdict"] == "not_gradable"


def test_other_names_for_symbols() -> None:
    """A sheet that writes a for A1 and s for Z2 says so."""
    answers = {"W2": {"formula": "(softmax(s) - Y).T @ a / N + 2 * lam * W2"}}

    assert report(k.problem, answers, rubric={"symbols": {"a": "A1", "s": "Z2"}})["correct"]


REPAIRS = [
    ("W2", "(softmax(Z2) - Y).T @ A1 + 2 * lam * W2", "missing_mean", "softmax(Z2) - Y"),
    ("W2", "dZ2.T @ A1 + lam * W2", "wrong_regularization_scale", "lam * W2"),
    ("W2", "dZ2.T @ Z1 + 2 * lam * W2", "wrong_operand", "Z1"),
    ("W1", "((dZ2 @ W2).T @ X) + 2 * lam * W1", "missing_gate", "dZ2 @ W2"),
    ("Z2", "(Y - softmax(Z2)) / N", "wrong_sign", "(Y - softmax(Z2)) / N"),
    ("Z2", "softmax(Z2) / N", "missing_target", "softmax(Z2)"),
    ("b1", "mean(dZ1, axis=0)", "extra_mean", "mean(dZ1, axis=0)"),
    ("W2", "(A1.T @ dZ2) + 2 * lam * W2.T", "transposed", None),
]


@pytest.mark.parametrize(("answer", "formula", "code", "place"), REPAIRS)
def test_a_wrong_formula_is_repaired_where_it_is_wrong(answer: str, formula: str, code: str, place: str | None) -> None:
    """The smallest change and its place in the text; what it makes of the formula is right."""
    result = report(k.problem, {answer: {"formula": formula}})["results"][0]

    assert codes(result) == [code]
    if place is not None:
        start, stop = result["repair"]["span"]
        assert formula[start:stop] == place
        assert result["diagnosis"][0]["where"] == {"numpy": place, "span": [start, stop]}
        assert report(k.problem, {answer: {"formula": result["repair"]["numpy"]}})["correct"]


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("name", textbook.names())
def test_the_derivation_of_a_textbook_is_right_line_by_line(name: str) -> None:
    """Every line that the derivation prints, in either notation, is a right answer to itself."""
    problem = textbook.problem(name)
    steps = derivation(DerivationRequest.model_validate(problem), CONTEXT)["steps"]
    lines = {step["symbol"]: step for step in steps if step["symbol"].startswith("d") and "/" not in step["symbol"]}
    asked = [line for line in lines if not set(lines[line]["shape"]) & {"S"} and "scatter" not in lines[line]["numpy"]]

    answers = {line: {"formula": lines[line]["numpy"]} for line in asked}
    graded = report(problem, answers)
    wrong = {r["answer"]: r["message"] for r in graded["results"] if r["verdict"] != "correct"}

    assert len(asked) > 2
    assert wrong == {}


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        (r"-\sum_k y_k z_k + \log \sum_k e^{z_k}", True),
        (r"\log \sum_{k=1}^{3} \exp(z_k) - y^\top z", True),
        (r"-\log\frac{\sum_k y_k e^{z_k}}{\sum_k e^{z_k}}", True),
        (r"2 \log \sum_k e^{z_k} - y^\top z", False),
    ],
)
def test_the_logarithm_of_a_sum_needs_no_parentheses(formula: str, *, right: bool) -> None:
    """As every textbook writes it: a sum takes all that follows, and the logarithm all of the sum."""
    answers = {"loss": {"formula": formula, "syntax": "latex"}}
    (result,) = report(textbook.problem("relu_classifier"), answers)["results"]

    assert (result["verdict"] == "correct") == right
    assert result["read_as"] is not None
