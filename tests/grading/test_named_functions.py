r"""Functions that a text gives a name to: `f = \mathrm{ReLU}`, `g = \tanh`, before or after they are used."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import report

WRITTEN = {
    "relu": [r"\mathrm{ReLU}", r"\operatorname{relu}", r"\text{ReLU}"],
    "tanh": [r"\tanh", r"\mathrm{tanh}"],
    "sigmoid": [r"\sigma", r"\operatorname{sigmoid}"],
}
FORMS = {
    "before": r"With $<f> = <w>$: $$<g>$$",
    "after": r"$<g>$ where $<f> = <w>$",
    "beside": r"$<g>$, $<f> = <w>$",
    "a line": r"\begin{align} <f> &= <w> \\ <g> \end{align}",
    "set anew": r"\begin{align} G &\leftarrow Z_2 - Y \\ G &\leftarrow \tfrac2N G W_2 \\ <f> &= <w> \\ <h> \end{align}",
}
CASES = [(kind, written) for kind, several in WRITTEN.items() for written in several]


def problem(kind: str) -> dict[str, Any]:
    """Two layers, with this activation between them."""
    draw = np.random.default_rng(1).normal
    return {
        "model": {"layers": [{"type": "linear", "units": 4}, {"type": kind}, {"type": "linear", "units": 2}]},
        "loss": {"type": "squared_error"},
        "parameters": {"W1": draw(size=(4, 3)), "b1": draw(size=4), "W2": draw(size=(2, 4)), "b2": draw(size=2)},
        "data": {"x": draw(size=(5, 3)), "y": draw(size=(5, 2))},
    }


def verdict(kind: str, name: str, written: str, form: str) -> str:
    """The verdict on the gradient by the hidden scores, in which the activation has this name."""
    step = r"\frac{\partial J}{\partial Z_1} = <s> \odot <f>'(Z_1)"
    text = FORMS[form].replace("<g>", step.replace("<s>", r"\frac2N ((Z_2 - Y) W_2)"))
    text = text.replace("<h>", step.replace("<s>", "G")).replace("<f>", name).replace("<w>", written)
    return str(report(problem(kind), {"Z1": {"formula": text, "syntax": "latex"}})["results"][0]["verdict"])


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize(("case", "name", "form"), list(product(CASES, ["f", "g", r"\phi", "q"], FORMS)))
def test_a_function_has_the_name_that_the_text_gives_it(case: tuple[str, str], name: str, form: str) -> None:
    """Whatever courses call so, and in whatever place."""
    assert verdict(case[0], name, case[1], form) == "correct"


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("kind", "written"), [("relu", r"\tanh"), ("tanh", r"\mathrm{ReLU}"), ("sigmoid", r"\tanh")])
def test_another_function_is_not_right(kind: str, written: str, form: str) -> None:
    """What the text says its function is counts, though courses call the problem's activation f."""
    assert verdict(kind, "f", written, form) in {"wrong", "not_gradable"}
