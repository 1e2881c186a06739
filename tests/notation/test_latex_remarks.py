r"""What stands beside formulas: remarks change nothing, definitions define, conditions are never left out."""

import pytest

from chainruler.notation import FormulaError
from chainruler.notation.answer import read_answer
from tests.notation.test_code import ASKED, CONVENTIONS, LIMITS, SYMBOLS

LEFT, RIGHT = r"\frac{\partial J}{\partial W_2}", r"\frac{1}{N} (\mathrm{softmax}(Z_2) - Y)^\top A_1 + 2 \lambda W_2"
WHOLE = rf"{LEFT} = {RIGHT}"
SAME = {
    "a box": rf"\boxed{{{WHOLE}}}",
    "a box on the right": rf"{LEFT} = \boxed{{{RIGHT}}}",
    "a line": rf"{LEFT} = \underline{{{RIGHT}}}",
    "a brace with words below": r"dW_2 = \frac1N \underbrace{(\mathrm{softmax}(Z_2) - Y)^\top"
    r"}_{\text{the error}} A_1 + 2 \lambda W_2",
    "a thin exponent": WHOLE.replace(r"^\top", r"^{\!\top}"),
    "a thin exponent of letters": WHOLE.replace(r"^\top", r"^{\,T}"),
    "a set": rf"{LEFT} = {RIGHT} \in \mathbb{{R}}^{{C \times H}}",
    "a remark after a comma": rf"{WHOLE}, \; \text{{a matrix like the weights}}",
    "a remark in parentheses": rf"{WHOLE} \text{{ (matrix of errors)}}",
    "a remark behind": rf"{WHOLE} \qquad (\text{{one column for each unit}})",
    "a range": rf"{WHOLE}, \quad i = 1, \dots, N",
    "a range in parentheses": rf"{WHOLE} \quad (i = 1, 2, \ldots, N)",
    "a quantifier": rf"{WHOLE} \quad \forall i",
    "a definition after a comma": rf"{LEFT} = \frac1N r^\top A_1 + 2 \lambda W_2, \; r = \mathrm{{softmax}}(Z_2) - Y",
    "two definitions": rf"{LEFT} = \frac1N r^\top a + 2 \lambda W_2, \quad r = \mathrm{{softmax}}(Z_2) - Y,\ a = A_1",
    "definitions by one another": rf"{LEFT} = \frac1N r^\top A_1 + q, \; r = s - Y,\; s = \mathrm{{softmax}}(Z_2)"
    r",\; q = 2 v,\; v = \lambda W_2",
    "definitions in parentheses": rf"{LEFT} = \frac1N r^\top A_1 + 2 \lambda W_2 \qquad (r = \mathrm{{softmax}}(Z_2)"
    r" - Y, \; Y \text{ one-hot})",
    "what a name is": rf"{WHOLE}, \quad Y = \text{{one-hot labels}}",
    "an array": rf"\begin{{array}}{{l}} r = \mathrm{{softmax}}(Z_2) - Y \\ {LEFT} = \frac1N r^\top A_1 + 2 \lambda W_2"
    r"\end{array}",
    "in steps": rf"g \leftarrow \mathrm{{softmax}}(Z_2) - Y; \quad g \leftarrow h \, g; \quad {LEFT} = g^\top A_1 "
    r"+ 2 \lambda W_2, \quad h = \frac1N",
    "other letters": rf"Если $r = \mathrm{{softmax}}(Z_2) - Y$, то $${LEFT} = \frac1N r^\top A_1 + 2 \lambda W_2$$",
    "words after a display": rf"$${LEFT} = \frac1N r^\top A_1 + 2 \lambda W_2$$ where $r = s - Y$, "
    r"$s = \mathrm{softmax}(Z_2)$ and $Y \in \{0, 1\}^{N}$ is one-hot.",
}
CONDITIONS = {
    "where letters differ": rf"{WHOLE}, \quad i \neq j",
    "in words": rf"{WHOLE} \quad \text{{if }} Z_2 > 0",
    "with the other case missing": rf"{LEFT} = {RIGHT} \text{{ for }} y = 1",
    "where something holds": rf"{WHOLE}, \; \text{{only where }} Z_2 > 0",
    "unless": rf"{WHOLE} \text{{ (unless the unit is dead)}}",
}


@pytest.mark.parametrize("name", SAME)
def test_what_stands_beside_changes_nothing(name: str) -> None:
    """The formula is the same expression with it and without."""
    alone = read_answer(WHOLE, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert read_answer(SAME[name], "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED).expression is alone.expression


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_is_never_left_out(name: str) -> None:
    """What holds in one case only is no formula for all."""
    with pytest.raises(FormulaError):
        read_answer(CONDITIONS[name], "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)


GATE = r"\begin{cases} 1 & Z_1 > 0 \\ 0 & \text{otherwise} \end{cases}"
WORDED = {
    "else": r"1 \text{ if } Z_1 > 0 \text{ else } 0",
    "after commas": r"1 \text{ if } Z_1 > 0, \; \text{else } 0",
    "otherwise": r"1 \text{ if } Z_1 > 0, \; 0 \text{ otherwise}",
    "and": r"1 \text{ when } Z_1 > 0 and 0 \text{ otherwise}.",
    "plain words": r"1 if Z_1 > 0 else 0",
    "prose": r"$1$ if $Z_1 > 0$ else $0$",
    "German": r"1 \text{ falls } Z_1 > 0, \text{ sonst } 0",
}


@pytest.mark.parametrize("name", WORDED)
def test_cases_in_words_are_cases(name: str) -> None:
    """A value with its condition, and the value otherwise."""
    cases = read_answer(rf"G = {GATE}", "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)
    words = read_answer(rf"G = {WORDED[name]}", "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert words.expression is cases.expression


def test_a_name_with_two_meanings_is_none_before_both() -> None:
    """A definition further down is read where it is used, where a name with a new meaning would mislead."""
    text = rf"g = Y; \quad {LEFT} = q A_1; \quad g = 2 Z_2; \quad q = g^\top"

    with pytest.raises(FormulaError, match="two meanings"):
        read_answer(text, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED)
