r"""What a text adds up sample by sample: `\Delta W := \Delta W + \delta x^\top`, and deltas of one sample."""

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
TERMS = {
    "W2": r"\delta^{(3)} (a^{(2)})^T",
    "W1": r"\delta^{(2)} x^T",
    "b2": r"\delta^{(3)}",
    "b1": r"\delta^{(2)}",
}
NAMES = [r"\Delta <p>^{(<n>)}", r"\Delta \mathbf{<p>}^{(<n>)}", r"U_{<p><n>}", r"\Delta^{(<n>)}", "R_<n>"]
STEPS = {
    "again": r"<name> &:= <name> + <term>",
    "by an arrow": r"<name> &\leftarrow <name> + <term>",
    "by a sign": r"<name> &\mathrel{+}= <term>",
    "by a sign of code": r"<name> &+= <term>",
    "as a sum": r"<name> &= \sum_{i=1}^m <term>",
}
STARTS = ["", r"Set $<name> := 0$. For each example:", r"Starting from $<name> = 0$, for $i = 1, \dots, m$:"]


def graded(answer: str, text: str, sizes: str = "different") -> dict[str, Any]:
    """The result of a text in LaTeX."""
    return dict(report(problem(SIZES[sizes]), {answer: {"formula": text, "syntax": "latex"}})["results"][0])


def page(answer: str, name: str, step: str, start: str = "", mean: str = r"\frac{1}{m}", term: str = "") -> str:
    """A page that adds up what each sample gives, and takes the mean at the end."""
    parameter, number = answer[0], answer[1]
    lines = [*DELTAS, STEPS[step], rf"\nabla_{{{parameter}^{{({number})}}}} J &= {mean} <name>"]
    text = start + r" \begin{align} " + " \\\\\n".join(lines) + r" \end{align}"
    name = name.replace("<p>", parameter).replace("<n>", number)
    return text.replace("<term>", term or TERMS[answer]).replace("<name>", name)


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize(("answer", "name", "step", "start"), list(product(TERMS, NAMES, STEPS, STARTS)))
def test_what_is_added_for_each_sample_is_summed(answer: str, name: str, step: str, start: str) -> None:
    """From 0 on, whether that is said or not; the deltas are of one sample without a letter for it."""
    result = graded(answer, page(answer, name, step, start))

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize("change", ["no mean", "twice", "minus"])
@pytest.mark.parametrize(("answer", "name", "step"), list(product(TERMS, NAMES, STEPS)))
def test_what_is_added_counts(answer: str, name: str, step: str, change: str) -> None:
    """A sum without its mean, or of other terms, is not right."""
    mean = "" if change == "no mean" else r"\frac{1}{m}"
    factor = {"twice": "2 ", "minus": "-1 "}.get(change, "")
    result = graded(answer, page(answer, name, step, mean=mean, term=factor + TERMS[answer]))

    assert result["verdict"] in {"wrong", "not_gradable"}, result["message"]


@pytest.mark.parametrize("answer", TERMS)
@pytest.mark.parametrize("start", ["1", r"\lambda"])
def test_what_starts_from_something_else_is_not_summed_as_from_0(answer: str, start: str) -> None:
    """A start that is not 0 is part of the sum."""
    text = page(answer, NAMES[0], "by a sign", f"Set $<name> = {start}$.")

    assert graded(answer, text)["verdict"] in {"wrong", "not_gradable"}


@pytest.mark.parametrize("answer", TERMS)
def test_a_change_of_a_parameter_is_no_answer_by_itself(answer: str) -> None:
    r"""\Delta W may be the sum of all samples or a step of training, so it does not count for the gradient."""
    name = rf"\Delta {answer[0]}^{{({answer[1]})}}"
    text = " \\\\\n".join([*DELTAS, rf"{name} &= \frac1m \sum_{{i=1}}^m {TERMS[answer]}"])

    assert graded(answer, rf"\begin{{align}} {text} \end{{align}}")["verdict"] == "not_gradable"


ANDREW = {
    "dz^{[2](i)}": r"(a^{[2](i)} - y^{(i)}) * a^{[2](i)} * (1 - a^{[2](i)})",
    "dz^{[1](i)}": r"(W^{[2]T} dz^{[2](i)}) * a^{[1](i)} * (1 - a^{[1](i)})",
}
ADDED = {
    "W2": r"dW^{[2]} += dz^{[2](i)} a^{[1](i)T}",
    "W1": r"dW^{[1]} += dz^{[1](i)} x^{(i)T}",
    "b2": r"db^{[2]} += dz^{[2](i)}",
    "b1": r"db^{[1]} += dz^{[1](i)}",
}


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("answer", ADDED)
def test_small_gradients_are_what_the_text_says_they_are(answer: str, *, before: bool) -> None:
    """A text that defines dz^{[2](i)} means that, and not the gradient of the mean, which courses call so too."""
    name = f"d{answer[0]}^{{[{answer[1]}]}}"
    defined = [f"{left} = {right}" for left, right in ANDREW.items()]
    lines = [*defined, ADDED[answer]] if before else [ADDED[answer], *defined]
    right = graded(answer, " \\\\ ".join([*lines, f"{name} = {name} / m"]))
    doubled = [line.replace("= (a^{[2](i)}", "= 2(a^{[2](i)}") for line in lines]
    wrong = graded(answer, " \\\\ ".join([*doubled, f"{name} = {name} / m"]))

    assert right["verdict"] == "correct", right["message"]
    assert wrong["verdict"] == "wrong", wrong["message"]
