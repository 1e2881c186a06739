r"""Letters that say which array is meant: \delta_{nk} and \delta_{nj} of two layers, and \delta^{x,2} of a sample x."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import report

SIZES = {"different": (3, 4, 2), "equal": (3, 3, 3)}
OUTPUT = r"\delta_{nk} = \frac{2}{N} (z_{2,nk} - y_{nk})"
HIDDEN = r"\delta_{nj} = (1 - a_{nj}^2) \sum_k w^{(2)}_{kj} \delta_{nk}"
ANSWERS = {
    "W2": r"\frac{\partial J}{\partial w^{(2)}_{kj}} = \sum_n \delta_{nk} a_{nj}",
    "W1": r"\frac{\partial J}{\partial w^{(1)}_{ji}} = \sum_n \delta_{nj} x_{ni}",
    "b2": r"\frac{\partial J}{\partial b^{(2)}_k} = \sum_n \delta_{nk}",
    "b1": r"\frac{\partial J}{\partial b^{(1)}_j} = \sum_n \delta_{nj}",
}
DELTAS = [
    r"\delta^{<x>,2} = \frac{2}{N} (z^{<x>,2} - y)",
    r"\delta^{<x>,1} = ((W^{2})^T \delta^{<x>,2}) \odot (1 - \tanh^2(z^{<x>,1}))",
]
OF_SAMPLES = {
    "W2": r"\frac{\partial J}{\partial W^{2}} = \sum_<x> \delta^{<x>,2} (a^{<x>,1})^T",
    "b2": r"\frac{\partial J}{\partial b^{2}} = \sum_{<x>} \delta^{<x>,2}",
    "b1": r"\frac{\partial J}{\partial b^{1}} = \sum_<x> \delta^{<x>,1}",
}


def graded(sizes: str, answer: str, lines: list[str]) -> dict[str, Any]:
    """The result of lines in LaTeX, for two layers with a hyperbolic tangent and a squared error of five samples."""
    inputs, hidden, last = SIZES[sizes]
    draw = np.random.default_rng(0).normal
    shapes = {"W1": (hidden, inputs), "b1": (hidden,), "W2": (last, hidden), "b2": (last,)}
    problem = {
        "model": {"layers": [{"type": "linear"}, {"type": "tanh"}, {"type": "linear"}]},
        "loss": {"type": "squared_error"},
        "parameters": {name: draw(size=shape) for name, shape in shapes.items()},
        "data": {"x": draw(size=(5, inputs)), "y": draw(size=(5, last))},
    }
    formula = {"formula": " \\\\\n".join(lines), "syntax": "latex"}
    return dict(report(problem, {answer: formula})["results"][0])


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize(("sizes", "answer", "order"), list(product(SIZES, ANSWERS, permutations(range(3)))))
def test_each_letter_has_its_own_array(sizes: str, answer: str, order: tuple[int, ...]) -> None:
    """In whatever order the lines stand, also where both layers are as large and no shape tells them apart."""
    lines = [OUTPUT, HIDDEN, ANSWERS[answer]]
    result = graded(sizes, answer, [lines[place] for place in order])

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.parametrize(("sizes", "answer"), [("different", "Z1"), ("equal", "Z1")])
def test_a_delta_may_be_the_answer(sizes: str, answer: str) -> None:
    """The last one, made of the other, which is no second result for it."""
    result = graded(sizes, answer, [OUTPUT, HIDDEN])

    assert result["verdict"] == "correct", result["message"]


WRONG = {
    "no slope": ("(1 - a_{nj}^2)", ""),
    "sign": ("- y_{nk}", "+ y_{nk}"),
    "no mean": (r"\frac{2}{N}", "2"),
}


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize(("sizes", "answer", "mistake"), list(product(SIZES, ["W1", "b1"], WRONG)))
def test_what_is_wrong_in_either_is_wrong(sizes: str, answer: str, mistake: str) -> None:
    """A mistake in the definition of one of the two is one of the answer."""
    lines = [line.replace(*WRONG[mistake]) for line in (OUTPUT, HIDDEN)]
    result = graded(sizes, answer, [*lines, ANSWERS[answer]])

    assert result["verdict"] in {"wrong", "not_gradable"}, result["message"]


def test_the_other_letter_is_the_other_array() -> None:
    """The gradient by the last bias is no sum of the hidden layer's deltas, however the letters run."""
    swapped = r"\frac{\partial J}{\partial b^{(2)}_j} = \sum_n \delta_{nj}"
    result = graded("equal", "b2", [OUTPUT, HIDDEN, swapped])

    assert result["verdict"] in {"wrong", "not_gradable"}, result["message"]


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize(
    ("sizes", "answer", "letter", "order"), list(product(SIZES, OF_SAMPLES, "xi", permutations(range(3))))
)
def test_a_sample_stands_before_the_number_of_a_layer(
    sizes: str, answer: str, letter: str, order: tuple[int, ...]
) -> None:
    """Also where it is called x, as the input is; a target without it is that of the sample."""
    lines = [line.replace("<x>", letter) for line in (*DELTAS, OF_SAMPLES[answer])]
    result = graded(sizes, answer, [lines[place] for place in order])

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.parametrize(("answer", "sizes"), list(product(OF_SAMPLES, SIZES)))
def test_a_wrong_sign_is_wrong_by_samples_too(answer: str, sizes: str) -> None:
    """Numbers above are those of layers, and so convict where the cause is known."""
    lines = [line.replace("<x>", "x").replace("- y", "+ y") for line in (*DELTAS, OF_SAMPLES[answer])]
    result = graded(sizes, answer, lines)

    assert result["verdict"] in {"wrong", "not_gradable"}, result["message"]
