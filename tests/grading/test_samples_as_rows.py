"""Vectors of one sample that are rows, as they stand in the matrix of all: `x_i^T (p_i - y_i)`, `s_i = x_i W + b`."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import report

SIZES = {"different": (3, 4, 2), "equal": (3, 3, 3), "one unit": (3, 4, 1)}
LAYOUTS = {"in_out": (r"<l> <r>", "<d> <W>^T"), "out_in": ("<r> <l>", "<d> <W>")}
"""The factors of a weight's gradient, one of which is transposed, and how an error goes back through the weights."""
ERROR = r"\frac{1}{N} (a_{2,i} - y_i) \odot a_{2,i} \odot (1 - a_{2,i})"


def problem(layout: str, sizes: tuple[int, int, int]) -> dict[str, Any]:
    """Two layers with logistic activations and a squared error, of five samples."""
    layers = [layer for units in sizes[1:] for layer in ({"type": "linear", "units": units}, {"type": "sigmoid"})]
    inputs, hidden, last = sizes
    draw = np.random.default_rng(0).normal
    shapes = {"W1": (hidden, inputs), "b1": (hidden,), "W2": (last, hidden), "b2": (last,)}
    turned = {name: shape[::-1] if layout == "in_out" else shape for name, shape in shapes.items()}
    return {
        "model": {"layers": layers, "layout": layout},
        "loss": {"type": "squared_error", "scale": 0.5},
        "parameters": {name: draw(size=shape) for name, shape in turned.items()},
        "data": {"x": draw(size=(5, inputs)), "y": draw(size=(5, last))},
    }


def right(layout: str) -> dict[str, str]:
    """The gradients of the two layers, of which those of the hidden one take the error back."""
    back = LAYOUTS[layout][1].replace("<d>", rf"\left[{ERROR}\right]").replace("<W>", "W_2")
    hidden = rf"\left({back}\right) \odot a_{{1,i}} \odot (1 - a_{{1,i}})"
    deltas = {"W2": ("a_{1,i}", rf"\left({ERROR}\right)"), "W1": ("x_i", rf"\left({hidden}\right)")}
    found = {"b2": deltas["W2"][1], "b1": deltas["W1"][1]}
    for name, (value, delta) in deltas.items():
        factors = (rf"{value}^\top", delta) if layout == "in_out" else (rf"{delta}^\top", value)
        found[name] = " ".join(factors)
    return {name: rf"\frac{{\partial J}}{{\partial {name[0]}_{name[1]}}} = \sum_i {one}" for name, one in found.items()}


def defined(layout: str) -> str:
    """The scores of one sample by rows, as they are defined beside an answer."""
    weights = ("W_1", "W_2") if layout == "in_out" else ("W_1^T", "W_2^T")
    first = rf"a_{{1,i}} = \sigma(x_i {weights[0]} + b_1)"
    return rf", \quad {first}, \quad a_{{2,i}} = \sigma(a_{{1,i}} {weights[1]} + b_2)"


def graded(layout: str, sizes: str, answer: str, text: str) -> dict[str, Any]:
    """The result of a text in LaTeX."""
    answers = {answer: {"formula": text, "syntax": "latex"}}
    return dict(report(problem(layout, SIZES[sizes]), answers)["results"][0])


WAYS = list(product(LAYOUTS, SIZES, right("in_out"), (True, False)))


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize(("layout", "sizes", "answer", "beside"), WAYS)
def test_vectors_of_samples_may_be_rows(layout: str, sizes: str, answer: str, beside: bool) -> None:
    """With what they are defined by and without; what was taken for a row is told where it matters."""
    result = graded(layout, sizes, answer, right(layout)[answer] + (defined(layout) if beside else ""))

    assert result["verdict"] == "correct", result["message"]
    assert not beside or "read as rows" in result["message"]


WRONG = {
    "no mean": (r"\frac{1}{N}", ""),
    "sign": ("- y_i", "+ y_i"),
    "no slope": (r"\odot (1 - a_{2,i})", ""),
    "one transpose too few": (r"^\top", ""),
    "a sum with the wrong operand": (r"a_{2,i} - y_i", "a_{2,i} - x_i"),
}


WRONG_WAYS = [
    (layout, answer, mistake)
    for layout, answer, mistake in product(LAYOUTS, right("in_out"), WRONG)
    if WRONG[mistake][0] in right(layout)[answer]
]


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize(("layout", "answer", "mistake"), WRONG_WAYS)
def test_what_is_wrong_by_rows_is_never_right(layout: str, answer: str, mistake: str) -> None:
    """A mistake stays one, and what fits neither as rows nor as columns is not read."""
    before, after = WRONG[mistake]
    text = right(layout)[answer].replace(before, after)
    result = graded(layout, "different", answer, text + defined(layout))

    assert result["verdict"] in {"wrong", "not_gradable"}, result["message"]


@pytest.mark.parametrize("answer", ["W1", "W2"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_and_columns_are_not_mixed(layout: str, answer: str) -> None:
    """Where a line beside the answer has x_i as a column, the answer cannot have it as a row."""
    weights = "W_1^T" if layout == "in_out" else "W_1"
    columns = rf"a_{{1,i}} = \sigma({weights} x_i + b_1)"
    text = rf"{right(layout)[answer]}, \quad {columns}"

    assert graded(layout, "different", answer, text)["verdict"] in {"wrong", "not_gradable"}
