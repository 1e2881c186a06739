r"""Lines that are of one sample, before a sum over all, as tutorials have them: `\nabla_W J(W,b;x,y) = …`."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from chainruler.networks import SpecError
from tests.grading.problems import codes, report
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


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize(("answer", "loss", "slopes"), list(product(OF_SAMPLE, LOSSES, SLOPES)))
def test_gradients_of_one_samples_loss_are_summed(answer: str, loss: str, slopes: str) -> None:
    """The lines before the sum are of one sample, whatever layout the problem has; the mean belongs to the answer."""
    right, sums = graded(answer, by_loss(answer, loss, slopes)), graded(answer, by_loss(answer, loss, slopes, ""))

    assert right["verdict"] == "correct", right["message"]
    assert sums["verdict"] in {"wrong", "not_gradable"}


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize(("answer", "delta"), list(product(OF_SAMPLE, LETTERED)))
def test_a_letter_behind_the_number_of_a_layer_is_that_of_a_sample(answer: str, delta: str) -> None:
    """In its own parentheses, or after a comma."""
    result = graded(answer, by_letter(answer, delta))

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.sampled(0.5)
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


ERROR = r"-(y - a^{(3)}) \bullet a^{(3)} \bullet (1 - a^{(3)})"
IN_LATEX = {
    "Z2": (r"\delta^{(3)}", ERROR),
    "Z1": (r"\delta^{(2)}", rf"((W^{{(2)}})^T ({ERROR})) \bullet a^{{(2)}} \bullet (1 - a^{{(2)}})"),
}
IN_CODE = {
    "Z2": "dZ2 = (A2 - y) * A2 * (1 - A2)",
    "A1": "dA1 = ((A2 - y) * A2 * (1 - A2)) @ W2",
    "Z1": "dZ1 = ((A2 - y) * A2 * (1 - A2)) @ W2 * A1 * (1 - A1)",
    "b2": "db2 = ((A2 - y) * A2 * (1 - A2)).sum(axis=0)",
}
COMMENTS = ("per example, as in the lecture", "one training example", "without the 1/m", "1/N comes in dW1 and db1")


def of_answer(answer: str, text: str, syntax: str) -> dict[str, Any]:
    """The result of one text."""
    return dict(report(problem(SIZES["different"]), {answer: {"formula": text, "syntax": syntax}})["results"][0])


def in_words(words: str, answer: str, factor: str) -> tuple[str, str]:
    """A line that words say to be of one sample, and how it is written."""
    if words in WORDS:
        left, right = IN_LATEX[answer]
        return f"{words}:\n$${left} = {factor} ({right})$$", "latex"
    left, _, right = IN_CODE[answer].partition(" = ")
    return f"{left} = {factor} * {right}  # {words}", "numpy"


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize(("words", "answer"), [*product(WORDS, IN_LATEX), *product(COMMENTS, ["Z2", "A1", "Z1"])])
def test_a_hidden_line_of_one_sample_is_right_by_the_convention_of_its_words(words: str, answer: str) -> None:
    """N times the gradient of the mean, exactly, where the text says that it is about one sample."""
    result = of_answer(answer, *in_words(words, answer, "1"))

    assert result["verdict"] == "correct_up_to_convention", result["message"]
    assert codes(result) == ["per_sample_gradient"]


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(("answer", "factor"), [("Z2", "2"), ("Z1", "-1"), ("Z1", "0.5")])
def test_what_is_not_n_times_right_is_not_graded(words: str, answer: str, factor: str) -> None:
    """Another factor is no convention; the message says what is asked."""
    result = of_answer(answer, *in_words(words, answer, factor))

    assert result["verdict"] == "not_gradable"
    assert WORDS[words] in result["message"]


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize("words", COMMENTS)
@pytest.mark.parametrize(("answer", "factor"), [("A1", "2"), ("b2", "1"), ("b2", "0.5")])
def test_in_comments_too(words: str, answer: str, factor: str) -> None:
    """Nor is a parameter's gradient right by such words, which always has its mean."""
    assert of_answer(answer, *in_words(words, answer, factor))["verdict"] == "not_gradable"


@pytest.mark.parametrize("answer", ["Z2", "A1", "Z1"])
def test_without_words_a_missing_mean_is_a_mistake(answer: str) -> None:
    """The convention is the text's own: where it says nothing, the mean is missing."""
    result = of_answer(answer, IN_CODE[answer], "numpy")

    assert (result["verdict"], codes(result)) == ("wrong", ["missing_mean"])


@pytest.mark.parametrize(("formula", "verdict"), [("2(z-y)x^T", "correct"), ("2(z+y)x^T", "wrong")])
def test_a_formula_of_one_sample_is_graded_beside_samples_in_columns(formula: str, verdict: str) -> None:
    """There a bias of the problem's numbers is a column, and in what is derived for one sample a vector."""
    posed = {
        "model": {"samples": "columns", "derivation": "sample", "layers": [{"type": "linear"}]},
        "loss": {"type": "squared_error", "reduction": "mean"},
        "parameters": {"W1": [[1.0, 2.0], [3.0, 4.0]], "b1": [[1.0], [2.0]]},
        "data": {"x": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "y": [[1.0, 2.0, 1.0], [0.0, 1.0, 2.0]]},
    }

    (graded,) = report(posed, {"W1": {"formula": formula, "syntax": "latex"}})["results"]

    assert graded["verdict"] == verdict


def test_a_problem_that_has_no_form_for_one_sample_is_refused() -> None:
    """What normalises over the batch cannot be derived for one sample: it is the problem that is refused."""
    layers = [{"type": "linear", "bias": False}, {"type": "batch_norm"}]
    posed = {
        "model": {"derivation": "sample", "layers": layers},
        "loss": {"type": "squared_error", "reduction": "mean"},
        "parameters": {"W1": [[1.0, 2.0]], "gamma2": [1.0], "beta2": [0.0]},
        "data": {"x": [[1.0, 2.0], [4.0, 5.0], [0.0, 3.0]], "y": [[1.0], [2.0], [1.0]]},
    }

    with pytest.raises(SpecError, match="one sample alone has no form") as refused:
        report(posed, {"W1": {"formula": "x", "syntax": "latex"}})

    assert refused.value.code == "couples_samples"
