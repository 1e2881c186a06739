r"""Words and formulas one after the other: a display right behind a colon, and units of one sample in words."""

from __future__ import annotations

from itertools import product

import pytest

from tests.grading.problems import Classifier, report
from tests.grading.test_of_one_sample import of_answer

k = Classifier()
BETWEEN = [":\n", ": ", ".\n\n", "; so\n", " Then "]
DISPLAYS = [r"\[ <g> \]", r"\( <g> \)", "$$<g>$$", r"\begin{equation} <g> \end{equation}"]


@pytest.mark.parametrize(("between", "display", "factor"), list(product(BETWEEN, DISPLAYS, ["", "2"])))
def test_a_display_begins_right_behind_a_definition(between: str, display: str, factor: str) -> None:
    """However few characters stand between the two, they are two lines, and both count."""
    defined = rf"The gradient is the sum of the rows of $\Delta_2 = \tfrac{{{factor or 1}}}{{N}} (\hat Y - Y)$"
    asked = r"\frac{\partial J}{\partial b_2} = \Delta_2^\top \mathbf{1}_N"
    ending = r" where $\mathbf{1}_N$ is the column of $N$ ones."
    text = defined + between + display.replace("<g>", asked) + ending
    (result,) = report(k.problem, {"b2": {"formula": text, "syntax": "latex"}})["results"]

    assert (result["verdict"] == "correct") == (not factor), result["message"]


UNITS = [
    r"$\delta_k \equiv \frac{\partial J}{\partial z_k^{(2)}} = <f>(h_k - y_k) \, h_k (1 - h_k)$",
    r"$\delta_k = \frac{\partial J}{\partial z^{(2)}_k} = <f>h_k (1 - h_k) (h_k - y_k)$",
]


@pytest.mark.parametrize("words", ["For a single pattern:", "For one observation,", "Per sample:"])
@pytest.mark.parametrize(("formula", "factor"), list(product(UNITS, ["", "2 "])))
def test_the_letter_of_a_unit_leaves_that_of_the_sample_out(words: str, formula: str, factor: str) -> None:
    """The entry of one unit, of a sample that the words say there is one of, is right up to that convention."""
    text = f"{words} {formula.replace('<f>', factor)}, where $h_k = \\sigma(z_k^{{(2)}})$"
    result = of_answer("Z2", text, "latex")

    expected = {"not_gradable", "wrong"} if factor else {"correct_up_to_convention"}
    assert result["verdict"] in expected, result["message"]
