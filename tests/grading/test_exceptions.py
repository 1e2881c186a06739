r"""Definitions in two parts: `M_{ij} = …` for $j \neq y_i$, and a line for the true class, as margins have them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import report

_draw = np.random.default_rng(2).normal
PROBLEM: dict[str, Any] = {
    "model": {"layers": [{"type": "linear", "units": 3}], "layout": "in_out"},
    "loss": {"type": "hinge"},
    "parameters": {"W1": _draw(size=(4, 3)), "b1": _draw(size=3)},
    "data": {"x": _draw(size=(5, 4)), "y": [0, 2, 1, 1, 0]},
}
VIOLATED = [
    r"\mathbb{1}\{s_{ij} - s_{i y_i} + 1 > 0\}",
    r"\mathbf{1}[s_{ij} - s_{i,y_i} + 1 > 0]",
    r"\mathbb{I}(s_{ij} - s_{i y_i} + 1 > 0)",
]
AT_CLASS = r"-\sum_{j \neq y_i} M_{ij}"
FORMS = {
    "prose": r"With $M_{ij} = <e>$ for $j \neq y_i$ and $M_{i y_i} = <c>$, $$<g>$$",
    "prose with if": r"Define $M_{ij} = <e>$ if $j \ne y_i$ and $M_{i,y_i} = <c>$. Then $$<g>$$",
    "lines": r"\begin{align*} M_{ij} &= <e>, \quad j \neq y_i \\ M_{i y_i} &= <c> \\ <g> \end{align*}",
    "parentheses": r"\begin{align*} M_{ij} &= <e> \quad (j \neq y_i) \\ M_{i y_i} &= <c> \\ <g> \end{align*}",
    "words": r"M_{ij} = <e> \text{ for } j \neq y_i, \quad M_{i y_i} = <c>, \quad <g>",
    "no condition": r"M_{ij} = <e>, \quad M_{i y_i} = <c>, \quad <g>",
    "behind the answer": r"<g>, \quad M_{ij} = <e>, \quad M_{i y_i} = <c>",
}
ANSWERS = {
    "W1": r"\nabla_{W_1} J = \frac{1}{N} X^\top M",
    "b1": r"\nabla_{b_1} J = \frac{1}{N} M^\top \mathbf{1}_N",
    "Z1": r"\frac{\partial J}{\partial s_{ij}} = \frac{1}{N} M_{ij}",
}


def graded(answer: str, form: str, violated: str, at_class: str) -> str:
    """The verdict on a text of this form."""
    text = FORMS[form].replace("<e>", violated).replace("<c>", at_class).replace("<g>", ANSWERS[answer])
    return str(report(PROBLEM, {answer: {"formula": text, "syntax": "latex"}})["results"][0]["verdict"])


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize(("form", "violated"), list(product(FORMS, VIOLATED)))
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_true_class_has_a_line_of_its_own(answer: str, form: str, violated: str) -> None:
    """The condition stands in words, beside the line, or is left to the second line; the two are one definition."""
    assert graded(answer, form, violated, AT_CLASS) == "correct"


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize(("form", "answer"), list(product(FORMS, ANSWERS)))
@pytest.mark.parametrize(
    "at_class", [r"\sum_{j \neq y_i} M_{ij}", "0", "-1", r"-\sum_j M_{ij}", r"-2\sum_{j \neq y_i} M_{ij}"]
)
def test_what_it_is_at_the_true_class_counts(answer: str, form: str, at_class: str) -> None:
    """Another value there, or one that is made of itself, is not right."""
    assert graded(answer, form, VIOLATED[0], at_class) in {"wrong", "not_gradable"}


@pytest.mark.parametrize("condition", ["i \\neq y_j", "j \\neq k", "j > 1", "j \\neq y_i - 1"])
def test_another_condition_is_refused(condition: str) -> None:
    """What holds elsewhere has to be all but the true class."""
    text = FORMS["lines"].replace(r"j \neq y_i \\", condition + r" \\").replace("<e>", VIOLATED[0])
    text = text.replace("<c>", AT_CLASS).replace("<g>", ANSWERS["W1"])

    assert report(PROBLEM, {"W1": {"formula": text, "syntax": "latex"}})["results"][0]["verdict"] == "not_gradable"
