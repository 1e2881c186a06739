"""Equations as they are pasted: environments, left sides, lines that use those before them."""

import pytest

from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from chainruler.notation.chains import are_equations
from tests.notation.test_code import ASKED, CONVENTIONS, LIMITS, SYMBOLS

RIGHT = r"\frac{1}{N} (\mathrm{softmax}(Z_2) - Y)^\top A_1 + 2 \lambda W_2"
WRITTEN = {
    "the loss by a weight": rf"\frac{{\partial J}}{{\partial W_2}} = {RIGHT}",
    "a numbered layer": rf"\frac{{\partial \mathcal{{L}}}}{{\partial W^{{(2)}}}} = {RIGHT}",
    "a nabla": rf"\nabla_{{W_2}} J = {RIGHT}",
    "on one line": rf"\partial L / \partial W_2 = {RIGHT}",
    "a d": rf"dW^{{[2]}} = {RIGHT}",
    "bold": rf"\frac{{\partial J}}{{\partial \mathbf{{W}}_2}} = {RIGHT}",
    "a name of one's own": rf"G := {RIGHT}",
    "delimiters": rf"$$ \frac{{\partial J}}{{\partial W_2}} = {RIGHT} $$",
    "brackets": rf"\[ {RIGHT} \]",
    "a number": rf"\begin{{equation}} \nabla_{{W_2}} J = {RIGHT} \tag{{4}} \label{{eq:w}} \end{{equation}}",
    "a chain": r"\nabla_{W_2} J = \frac{\partial J}{\partial Z_2} \frac{\partial Z_2}{\partial W_2} = " + RIGHT,
    "aligned": r"""\begin{align*}
        \delta^{(2)} &= \frac{1}{N} (\mathrm{softmax}(Z_2) - Y) \\
        \frac{\partial J}{\partial W_2} &= \delta^{(2)\top} A_1 + 2 \lambda W_2
    \end{align*}""",
    "a line that goes on": r"""\begin{aligned}
        \nabla_{W_2} J &= \frac{1}{N} (\mathrm{softmax}(Z_2) - Y)^\top A_1 + \lambda (W_2 + W_2) \\
        &= \frac{1}{N} (\mathrm{softmax}(Z_2) - Y)^\top A_1 + 2 \lambda W_2
    \end{aligned}""",
    "lines of text": "G = \\frac1N (\\mathrm{softmax}(Z_2) - Y)\ndW_2 = G^\\top A_1 + 2 \\lambda W_2",
    "one after the other": r"G = \mathrm{softmax}(Z_2) - Y, \qquad dW_2 = \frac1N G^\top A_1 + 2\lambda W_2",
    "therefore": r"G = \mathrm{softmax}(Z_2) - Y \Rightarrow \nabla_{W_2} J = \frac1N G^\top A_1 + 2\lambda W_2",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_equations_mean_what_the_formula_means(name: str) -> None:
    """However it is written, it is the same expression."""
    reading = read_answer(WRITTEN[name], "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)
    formula = read_answer(RIGHT, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert are_equations(WRITTEN[name])
    assert reading.expression is formula.expression
    assert all(0 <= part.span[0] < part.span[1] <= len(WRITTEN[name]) for part in reading.parts())


def test_places_are_those_of_the_pasted_text() -> None:
    """A part of the last line stands where its words stand in the whole text."""
    text = WRITTEN["aligned"]
    reading = read_answer(text, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)
    symbol = next(part for part in reading.parts() if part.expression is SYMBOLS["A1"])

    assert text[slice(*symbol.span)] == "A_1"


@pytest.mark.parametrize("text", [RIGHT, r"\sum_{i=1}^N (a_i)", r"(Z_1 \geq 0)", r"\mathbb{1}[Z_1 = 0]", r"W_2^{\top}"])
def test_a_formula_by_itself_is_no_equation(text: str) -> None:
    """Signs of equality in brackets, limits and indicators are parts of formulas."""
    assert not are_equations(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\frac{\partial J}{\partial W_1} = Z_1^\top X", "gradient by W1, but the gradient by W2 is asked"),
        (r"\nabla_{W_2} J = q", '"q" is not known'),
        (r"\nabla_{W_2} J = ", "empty"),
        (r"\begin{align} \end{align}", "Nothing is computed"),
        ("a = " + "x" * 20_001, "at most 20000"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    """A clear message, at a place within the text."""
    with pytest.raises(FormulaError, match=message):
        read_answer(text, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)


def test_the_loss_itself_may_stand_on_the_left() -> None:
    """Where no gradient is asked, the line's own name is what the left side may name."""
    reading = read_answer("J = \\sum_i Z_{2,i}^\\top Y_i", "latex", SYMBOLS, LIMITS, CONVENTIONS, Asked("J"))

    assert reading.expression.shape == ()


NO_NAMES = [
    r"dW_2/N",
    r"dW_2+1",
    r"dW_2^\top",
    r"\|dW_2\|",
    r"\log dW_2",
]
NO_NAMES += [
    r"\sum_i dW_{2,i}",
    r"dW_2\,dZ_2",
    r"2 dW_2 + Y",
    r"W_2 dW_2",
    r"X dW_2",
    r"\frac{\partial J}{\partial W_2} + Y",
]
NO_NAMES += [
    r"\frac{\partial J}{\partial W_2}^2",
    r"\frac{\partial (-J)}{\partial W_2}",
    "W_2",
    "Y",
    "1",
]
NO_NAMES += [
    r"\frac{\partial 2J}{\partial W_2}",
    r"\frac{\partial Y}{\partial W_2}",
    r"\frac{\partial A_1}{\partial W_2}",
]
NO_NAMES += [
    r"\frac{\partial^2 J}{\partial W_2}",
    r"\frac{\partial J}{\partial (-W_2)}",
    r"\frac{\partial J}{\partial (2W_2)}",
]


@pytest.mark.parametrize("left", NO_NAMES)
def test_a_left_side_that_is_not_the_answer_is_refused(left: str) -> None:
    """Twice the gradient, its square, the derivative of something else: what stands on the right is no answer then."""
    with pytest.raises(FormulaError):
        read_answer(f"{left} = {RIGHT}", "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)


HEDGES = [rf"dW_2 = Y, \quad dW_2 = {RIGHT}", rf"Either $dW_2 = Y$ or $dW_2 = {RIGHT}$"]


@pytest.mark.parametrize("text", HEDGES)
def test_other_results_for_the_answer_are_kept(text: str) -> None:
    """The grader refuses them if they differ; a name of one's own may change its meaning."""
    own = read_answer(f"G = Y, \\quad G = {RIGHT}", "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert len(read_answer(text, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED).rivals) == 1
    assert own.rivals == ()


def test_two_answers_with_or_are_none() -> None:
    """A chain is not read across a word that leaves it open."""
    with pytest.raises(FormulaError):
        read_answer(rf"dW_2 = Y \text{{ or }} dW_2 = {RIGHT}", "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)
