"""Layers numbered from the input on: a text is read by the numbers that its own definitions show."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import codes, report

OF_PROBLEM, FROM_INPUT = ("1", "2"), ("2", "3")
SIZES = {"different": (3, 4, 2), "equal": (3, 3, 3)}


def problem(sizes: tuple[int, int, int]) -> dict[str, Any]:
    """Two layers with logistic activations and a squared error, of five samples."""
    layers = [layer for units in sizes[1:] for layer in ({"type": "linear", "units": units}, {"type": "sigmoid"})]
    inputs, hidden, last = sizes
    draw = np.random.default_rng(0).normal
    shapes = {"W1": (hidden, inputs), "b1": (hidden,), "W2": (last, hidden), "b2": (last,)}
    return {
        "model": {"layers": layers},
        "loss": {"type": "squared_error", "scale": 0.5},
        "parameters": {name: draw(size=shape) for name, shape in shapes.items()},
        "data": {"x": draw(size=(5, inputs)), "y": draw(size=(5, last))},
    }


def of_sample(text: str, numbers: tuple[str, str]) -> str:
    """A formula with the numbers of the hidden layer and of the last one."""
    hidden, last = numbers
    return text.replace("<h>", f"^{{({hidden})}}_i").replace("<o>", f"^{{({last})}}_i")


ERROR = r"(a<o> - y_i) \odot a<o> \odot (1 - a<o>)"
RIGHT = {
    "Z2": rf"\frac{{\partial J}}{{\partial z<o>}} = \frac1m {ERROR}",
    "A1": rf"\frac{{\partial J}}{{\partial a<h>}} = \frac1m (W^{{(2)}})^T [{ERROR}]",
    "Z1": rf"\frac{{\partial J}}{{\partial z<h>}} = \frac1m ((W^{{(2)}})^T [{ERROR}]) \odot a<h> \odot (1 - a<h>)",
}
DEFINED = {
    "the hidden scores": [r"z<h> = W^{(1)} x_i + b^{(1)}"],
    "hidden values": [r"a<h> = \sigma(W^{(1)} x_i + b^{(1)})"],
    "all values": [r"a<h> = \sigma(W^{(1)} x_i + b^{(1)})", r"a<o> = \sigma(W^{(2)} a<h> + b^{(2)})"],
}
WAYS = list(product(SIZES, RIGHT, DEFINED, (OF_PROBLEM, FROM_INPUT), ("before", "after")))


def graded(sizes: str, answer: str, lines: list[str], numbers: tuple[str, str]) -> dict[str, Any]:
    """The result of some lines in LaTeX, with these numbers."""
    text = of_sample(r", \quad ".join(lines), numbers)
    return dict(report(problem(SIZES[sizes]), {answer: {"formula": text, "syntax": "latex"}})["results"][0])


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize(("sizes", "answer", "defined", "numbers", "where"), WAYS)
def test_a_right_answer_is_right_whatever_is_defined_beside_it(
    sizes: str, answer: str, defined: str, numbers: tuple[str, str], where: str
) -> None:
    """Definitions of layers stand before the answer or behind it, and are never taken for it."""
    beside = DEFINED[defined]
    lines = [*beside, RIGHT[answer]] if where == "before" else [RIGHT[answer], *beside]
    result = graded(sizes, answer, lines, numbers)

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize(("sizes", "answer", "defined", "numbers", "where"), WAYS)
def test_a_wrong_answer_is_not_right_by_its_definitions(
    sizes: str, answer: str, defined: str, numbers: tuple[str, str], where: str
) -> None:
    """Where the mean is left out, that is the mistake, or nothing is graded."""
    wrong = RIGHT[answer].replace(r"\frac1m ", "")
    beside = DEFINED[defined]
    lines = [*beside, wrong] if where == "before" else [wrong, *beside]
    result = graded(sizes, answer, lines, numbers)

    assert result["verdict"] in {"wrong", "not_gradable"}
    assert result["verdict"] != "wrong" or codes(result) == ["missing_mean"]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("defined", ["hidden values", "all values"])
def test_the_gradient_of_another_layer_is_no_answer(sizes: str, defined: str) -> None:
    """A text whose second layer is the hidden one says nothing of the last one's scores, though the sizes are equal."""
    result = graded(sizes, "Z2", [RIGHT["Z1"], *DEFINED[defined]], FROM_INPUT)

    assert result["verdict"] == "not_gradable", result["message"]


STACKED = {
    "W1": r"\frac1m \Delta^{(2)} X^T",
    "W2": r"\frac1m \Delta^{(3)} A^{(2)T}",
    "b1": r"\frac1m \Delta^{(2)} \mathbf{1}",
}


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("factor", ["", "2 "])
@pytest.mark.parametrize("outputs", ["H", "A^{(3)}", r"\hat{Y}"])
@pytest.mark.parametrize("answer", STACKED)
def test_samples_in_columns_have_layers_from_the_input_too(answer: str, outputs: str, factor: str) -> None:
    """The deltas of all samples are written large, and the hidden layer is the second one."""
    lines = [
        rf"\Delta^{{(3)}} = {factor}(<o> - Y) \odot <o> \odot (1 - <o>)",
        r"\Delta^{(2)} = (W^{(2)T} \Delta^{(3)}) \odot A^{(2)} \odot (1 - A^{(2)})",
        rf"\frac{{\partial J}}{{\partial {answer[0]}^{{({answer[1]})}}}} = {STACKED[answer]}",
    ]
    text = r" \\ ".join(lines).replace("<o>", outputs)
    result = dict(report(problem(SIZES["different"]), {answer: {"formula": text, "syntax": "latex"}})["results"][0])

    expected = {"wrong", "not_gradable"} if factor else {"correct", "correct_up_to_convention"}
    assert result["verdict"] in expected, result["message"]
