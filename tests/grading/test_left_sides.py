r"""Left sides as people write them: in brackets with letters outside, as code, in upright letters, times a number."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
LAST = [{"type": "relu"}, {"type": "linear", "units": 3}]


def graded(answer: str, formula: str) -> dict[str, Any]:
    """The result of one formula in LaTeX."""
    return dict(report(k.problem, {answer: {"formula": formula, "syntax": "latex"}})["results"][0])


FOOTED = [
    r"\left[\frac{\partial J}{\partial <x>}\right]_{<i>}",
    r"\left(\frac{\partial J}{\partial <x>}\right)_{<i>}",
    r"\bigl(\nabla_{<x>} J\bigr)_{<i>}",
    r"[\nabla_{<x>}J]_{<i>}",
    r"\Big[d<x>\Big]_{<i>}",
    r"d<x>[<i,>]",
    r"\frac{\partial J}{\partial <x>[<i,>]}",
    r"\frac{\partial J}{\partial (<x>)_{<i>}}",
]
ENTRIES = [r"[<x>]_{<i>}", r"(<x>)_{<i>}", r"\left[<x>\right]_{<i>}", r"<x>[<i,>]"]


def filled(form: str, name: str, letters: str) -> str:
    """A form with a name and its letters, as TeX and as code have these."""
    return form.replace("<x>", name).replace("<i,>", ",".join(letters)).replace("<i>", letters)


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize(("left", "entry"), list(product(FOOTED, ENTRIES)))
def test_letters_stand_outside_of_brackets(left: str, entry: str) -> None:
    """They name the entry of what is in the brackets, on either side; in the other order, it is another entry."""
    data = r"\frac1N \sum_n (P_{nj} - Y_{nj})"
    weights = rf"{data} A_{{1,nk}} + 2 \lambda {filled(entry, 'W_2', 'jk')}"
    of_bias = graded("b2", f"{filled(left, 'b_2', 'j')} = {data}")
    right, turned = (graded("W2", f"{filled(left, 'W_2', letters)} = {weights}") for letters in ("jk", "kj"))

    assert of_bias["verdict"] == right["verdict"] == "correct", (of_bias["message"], right["message"])
    assert turned["verdict"] != "correct"


STYLES = [r"\text", r"\texttt", r"\mathrm", r"\mathtt", r"\textrm", r"\operatorname", r"\textsf"]
UPRIGHT = {
    "a derivative": r"\frac{\partial J}{\partial <scores>} = \frac{1}{N}(<probs> - Y)",
    "a nabla": r"\nabla_{<scores>} J = \frac{<probs> - Y}{N}",
    "a name of code": r"<dscores> = (<probs> - Y) / N",
    "what is made of scores": r"<dscores> = \frac1N(\operatorname{softmax}(<scores>) - <onehot>(y))",
    "a definition": r"<mine> = <probs> - <one\_hot>(y), \quad \frac{\partial J}{\partial <scores>} = <mine> / N",
    "each sample": r"\nabla_{<scores>_i} J = \frac1N(\operatorname{softmax}(<scores>_i) - <onehot>(y_i))",
}


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize(("style", "form"), list(product(STYLES, UPRIGHT)))
def test_names_stand_in_upright_letters_wherever_names_stand(style: str, form: str) -> None:
    """Above and below the line of a derivative, on the left and on the right; without the mean it is that mistake."""
    text = UPRIGHT[form].replace("<", f"{style}{{").replace(">", "}")
    whole = text.replace(r"\frac{1}{N}", "").replace(r"\frac1N", "").replace("/ N", "").replace("}{N}", "}{1}")
    right, wrong = graded("Z2", text), graded("Z2", whole)

    assert right["verdict"] == "correct", right["message"]
    assert codes(wrong) == ["missing_mean"], wrong["message"]


FACTORS = ["2", "-", r"-\frac{1}{2}", r"\frac12", r"\tfrac{N}{2}", "N", r"2N", r"0.5", r"N \cdot"]
GRADIENTS = [r"\frac{\partial J}{\partial Z_2}", r"\nabla_{Z_2} J", r"dZ_2", r"\,dZ_2", r"\; \frac{dJ}{dZ_2}"]


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize(("factor", "gradient"), list(product(FACTORS, GRADIENTS)))
def test_a_gradient_times_a_number_says_what_the_gradient_is(factor: str, gradient: str) -> None:
    """Where both sides have the factor, the answer is right; where one has it, it is wrong by it."""
    value = r"\frac1N (\operatorname{softmax}(Z_2) - Y)"
    number = "-1" if factor == "-" else factor
    right = graded("Z2", rf"{factor} {gradient} = {number} ({value})")
    wrong = graded("Z2", rf"{factor} {gradient} = {value}")

    assert right["verdict"] == "correct", right["message"]
    assert wrong["verdict"] == "wrong"


def test_a_word_at_the_foot_is_no_letter() -> None:
    r"""`e_{\mathrm{c}, ni}` is entry n, i of e_c, also where a later line is made of it."""
    line = r"e_{\mathrm{c}, ni} = \mathbb{1}\{y_{n} = i\} \\ \delta_{ni} = \frac{1}{N}(p_{ni} - e_{\mathrm{c}, ni}) \\ "
    result = graded("b2", line + r"\frac{\partial J}{\partial b_{2,i}} = \sum_{n=1}^{N} \delta_{ni}")

    assert result["verdict"] == "correct", result["message"]


def test_a_letter_that_runs_over_one_entry_may_stand_on_the_left_only() -> None:
    """Where the problem's own line has such an axis, nothing on the right need depend on it."""
    problem = {**k.problem, "model": {"layers": [{"type": "linear", "units": 5}, {"type": "layer_norm"}, *LAST]}}
    problem = {key: value for key, value in problem.items() if key not in {"parameters", "regularization"}}
    problem |= {"initialize": {"type": "he_normal", "seed": 0}}
    line = r"V^{(2)}_{ni} = \frac{1}{5}\sum_{k=1}^{5} \left(C^{(2)}_{nk}\right)^{2} \\ "
    line += r"S_{n} = \sum_{k=1}^{1} V^{(2)}_{nk} \\ \frac{\partial J}{\partial \gamma^{(2)}_{i}} = "
    line += r"\sum_{n=1}^{N} dZ^{(2)}_{ni} C^{(2)}_{ni} / \sqrt{S_n + 0.00001}"

    result = report(problem, {"gamma2": {"formula": line, "syntax": "latex"}})["results"][0]
    assert result["verdict"] == "correct", result["message"]
