r"""The loss of one sample by its number, L_i: its gradient by parameters is summed, and may be said class by class."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.grading.problems import report
from tests.grading.test_exceptions import PROBLEM as MARGINS

SOFTMAX: dict[str, Any] = {**MARGINS, "loss": {"type": "cross_entropy"}}
LOSSES = ["L_i", r"\ell_i", "L^{(i)}", r"\mathcal{L}_i"]
SPELLED = {"nabla": r"\nabla_{<w>} <l>", "fraction": r"\frac{\partial <l>}{\partial <w>}"}
TERMS = {
    "W": ("W1", r"x_i (p_i - y_i)^\top"),
    "w_j": ("W1", r"(p_{ij} - y_{ij}) x_i"),
    "b": ("b1", r"p_i - y_i"),
    "b_j": ("b1", r"p_{ij} - y_{ij}"),
}
FORMS = {
    "lines": r"\begin{align*} <other>, \quad j \neq y_i \\ <own> \\ <sum> \end{align*}",
    "true class first": r"\begin{align*} <own> \\ <other> \quad (j \neq y_i) \\ <sum> \end{align*}",
    "prose": r"For $j \neq y_i$: $<other>$. For the true class: $<own>$. So $$<sum>$$",
    "prose of both": r"For $j \neq y_i$: $<other>$. For $j = y_i$: $<own>$. Then $$<sum>$$",
    "prose, true class first": r"We have $$<own>$$ and for the other columns, $j \neq y_i$: $$<other>$$ Then $$<sum>$$",
}
VIOLATED = [r"\mathbb{1}(s_j - s_{y_i} + 1 > 0)", r"\mathbb{1}[s_{ij} - s_{i y_i} + 1 > 0]"]
WEIGHTED = r"\mathbb{1}(w_j^T x_i + b_j - w_{y_i}^T x_i - b_{y_i} + 1 > 0)"


def verdict(problem: dict[str, Any], answer: str, text: str) -> str:
    """The verdict on a text in LaTeX."""
    return str(report(problem, {answer: {"formula": text, "syntax": "latex"}})["results"][0]["verdict"])


def by_class(answer: str, form: str, violated: str, at_class: str = r"-\sum_{j \neq y_i} <v>") -> str:
    """The gradients of a margin's loss by the weights of the true class and of the others, and their mean."""
    letter, factor = ("w", r"\, x_i") if answer == "W1" else ("b", "")
    whole = "W" if answer == "W1" else "b"
    lines = {
        "<other>": rf"\nabla_{{{letter}_j}} L_i = {violated} {factor}",
        "<own>": rf"\nabla_{{{letter}_{{y_i}}}} L_i = \left({at_class}\right) {factor}".replace("<v>", violated),
        "<sum>": rf"\nabla_{{{whole}}} L = \frac{{1}}{{N}} \sum_i \nabla_{{{whole}}} L_i",
    }
    text = FORMS[form]
    for place, line in lines.items():
        text = text.replace(place, line)
    return text


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize(("by", "loss", "spelled"), list(product(TERMS, LOSSES, SPELLED)))
def test_the_gradient_of_one_samples_loss_is_summed(by: str, loss: str, spelled: str) -> None:
    """The mean belongs to the answer: without it, it is wrong."""
    answer, term = TERMS[by]
    of_one = SPELLED[spelled].replace("<w>", by).replace("<l>", loss)
    of_all = SPELLED[spelled].replace("<w>", by).replace("<l>", "L")
    text = rf"{of_one} = {term}, \quad {of_all} = <m>\sum_i {of_one}"

    assert verdict(SOFTMAX, answer, text.replace("<m>", r"\frac{1}{N} ")) == "correct"
    assert verdict(SOFTMAX, answer, text.replace("<m>", "")) in {"wrong", "not_gradable"}


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize(("answer", "form", "violated"), list(product(["W1", "b1"], FORMS, [*VIOLATED, WEIGHTED])))
def test_the_true_class_and_the_others_have_lines_of_their_own(answer: str, form: str, violated: str) -> None:
    """In either order, with the condition in words or beside the line."""
    assert verdict(MARGINS, answer, by_class(answer, form, violated)) == "correct"


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize("at_class", [r"\sum_{j \neq y_i} <v>", "0", "-1", r"-2\sum_{j \neq y_i} <v>"])
@pytest.mark.parametrize(("answer", "form"), list(product(["W1", "b1"], FORMS)))
def test_what_it_is_for_the_true_class_counts(answer: str, form: str, at_class: str) -> None:
    """Another value there is not right."""
    assert verdict(MARGINS, answer, by_class(answer, form, VIOLATED[0], at_class)) in {"wrong", "not_gradable"}


@pytest.mark.parametrize("form", FORMS)
def test_two_lines_by_one_letter_are_not_told_apart(form: str) -> None:
    """Where only words say which of them holds, nothing is graded: neither a right text nor a wrong one."""
    text = by_class("W1", form, VIOLATED[0]).replace(r"\nabla_{w_{y_i}}", r"\nabla_{w_j}")

    assert verdict(MARGINS, "W1", text) == "not_gradable"


@pytest.mark.parametrize("answer", ["W1", "b1"])
def test_the_loss_of_a_sample_is_not_that_of_all(answer: str) -> None:
    """What a text does not define, or sums nowhere, is no answer."""
    by = answer[0]
    undefined = rf"\frac{{\partial L}}{{\partial {by}}} = \frac1N \sum_i \frac{{\partial L_i}}{{\partial {by}}}"
    alone = rf"\nabla_{by} L_i = {TERMS[by][1]}"

    assert verdict(SOFTMAX, answer, undefined) == verdict(SOFTMAX, answer, alone) == "not_gradable"
