r"""Lines that are of one sample, before a sum over all, as tutorials have them: `\nabla_W J(W,b;x,y) = …`."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.grading.problems import report
from tests.grading.test_numbering import SIZES, problem

DELTAS = [
    r"\delta^{(3)} &= -(y - a^{(3)}) \bullet f'(z^{(3)})",
    r"\delta^{(2)} &= \left((W^{(2)})^T \delta^{(3)}\right) \bullet f'(z^{(2)})",
]
OF_SAMPLE = {
    "W2": r"\delta^{(3)} (a^{(2)})^T",
    "W1": r"\delta^{(2)} (a^{(1)})^T",
    "b2": r"\delta^{(3)}",
    "b1": r"\delta^{(2)}",
}
SLOPES = {
    "none": [],
    "at both": [r"f'(z^{(3)}) = a^{(3)} \bullet (1 - a^{(3)})", r"f'(z^{(2)}) = a^{(2)} \bullet (1 - a^{(2)})"],
    "of a letter": [r"f(z) = \frac{1}{1 + e^{-z}}", r"f'(z) = f(z) (1 - f(z))"],
}
LOSSES = ["J(W,b;x,y)", "J(W, b; x^{(i)}, y^{(i)})", "J(x, y)", r"\mathcal{L}(W,b;x,y)"]
LETTERED = [r"\delta^{(<l>),(i)}", r"\delta^{(<l>,i)}", r"\delta^{(<l>)(i)}", r"\delta^{[<l>](i)}"]


def graded(answer: str, lines: list[str], sizes: str = "different") -> dict[str, Any]:
    """The result of some lines in LaTeX."""
    text = " \\\\\n".join([r"\begin{align}" + lines[0], *lines[1:]]) + r" \end{align}"
    return dict(report(problem(SIZES[sizes]), {answer: {"formula": text, "syntax": "latex"}})["results"][0])


def by_loss(answer: str, loss: str, slopes: str, mean: str = r"\frac{1}{m}") -> list[str]:
    """A page on which the gradients of one sample's loss are summed."""
    by = rf"\nabla_{{{answer[0]}^{{({answer[1]})}}}}"
    summed = loss.replace(";x,y", ";x^{(i)},y^{(i)}").replace("(x, y)", "(x^{(i)}, y^{(i)})")
    of_all = rf"{by} J(W,b) &= \left[{mean} \sum_{{i=1}}^m {by} {summed}\right]"
    return [*SLOPES[slopes], *DELTAS, rf"{by} {loss} &= {OF_SAMPLE[answer]}", of_all]


def by_letter(answer: str, delta: str) -> list[str]:
    """A page on which the deltas of all samples are summed."""
    number = int(answer[1]) + 1
    values = {1: "x^{(i)}", 2: "a^{(2)(i)}"}
    factor = rf"({values[number - 1]})^T" if answer[0] == "W" else ""
    by = rf"\nabla_{{{answer[0]}^{{({answer[1]})}}}} J"
    return [*DELTAS, rf"{by} &= \frac{{1}}{{m}} \sum_{{i=1}}^m {delta.replace('<l>', str(number))} {factor}"]


@pytest.mark.parametrize(("answer", "loss", "slopes"), list(product(OF_SAMPLE, LOSSES, SLOPES)))
def test_gradients_of_one_samples_loss_are_summed(answer: str, loss: str, slopes: str) -> None:
    """The lines before the sum are of one sample, whatever layout the problem has; the mean belongs to the answer."""
    right, sums = graded(answer, by_loss(answer, loss, slopes)), graded(answer, by_loss(answer, loss, slopes, ""))

    assert right["verdict"] == "correct", right["message"]
    assert sums["verdict"] in {"wrong", "not_gradable"}


@pytest.mark.parametrize(("answer", "delta"), list(product(OF_SAMPLE, LETTERED)))
def test_a_letter_behind_the_number_of_a_layer_is_that_of_a_sample(answer: str, delta: str) -> None:
    """In its own parentheses, or after a comma."""
    result = graded(answer, by_letter(answer, delta))

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.parametrize("answer", OF_SAMPLE)
@pytest.mark.parametrize("sizes", SIZES)
def test_what_a_slope_is_said_to_be_at_a_layer_counts(answer: str, sizes: str) -> None:
    """A wrong value of f' at the last layer's scores makes all that is made of it wrong, though f' is known."""
    wrong = [line.replace("(1 - a^{(3)})", "(1 + a^{(3)})") for line in by_loss(answer, LOSSES[0], "at both")]
    result = graded(answer, wrong, sizes)

    assert result["verdict"] in {"wrong", "not_gradable"}, result["message"]


WORDS = {
    "For a single training example": "about one sample",
    "per sample": "about one sample",
    "For one example $(x, y)$": "about one sample",
    r"As in the lecture, the $\frac{1}{m}$ is put in $dW$": "mean is taken elsewhere",
    "this is without the $1/m$": "mean is taken elsewhere",
}


@pytest.mark.parametrize("words", WORDS)
def test_a_text_about_one_sample_is_not_convicted(words: str) -> None:
    """A missing mean is none where the text says that it is left out; the message says what is asked."""
    line = r"\delta^{(3)} = -(y - a^{(3)}) \bullet a^{(3)} \bullet (1 - a^{(3)})"
    text = f"{words}:\n$${line}$$"
    result = report(problem(SIZES["different"]), {"Z2": {"formula": text, "syntax": "latex"}})["results"][0]

    assert result["verdict"] == "not_gradable"
    assert WORDS[words] in result["message"]
