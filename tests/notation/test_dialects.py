"""Whether a text is code or LaTeX, told from the text."""

import pytest

from chainruler.notation.dialects import dialects_of

LATEX = [r"\frac{1}{N} X^\top (P - Y)", r"\[ W_2 \]", r"a \odot b", r"\begin{align} x &= y \end{align}", r"2\,W"]
CODE = [
    "X.T @ d",
    "np.dot(a, b)",
    "d[y] -= 1",
    "def f(z):\n    return z",
    "x ** 2",
    "p - y  # the error",
    "grads['W2']",
]
EITHER = ["p - y", "2 W x", "(p - y) x^T", "W_{ij} x_j", "$p - y$"]


@pytest.mark.parametrize("text", LATEX)
def test_a_command_of_tex_is_latex(text: str) -> None:
    """Nothing else has a backslash before a letter or bracket."""
    assert dialects_of(text) == ("latex",)


@pytest.mark.parametrize("text", CODE)
def test_operators_and_words_of_python_are_code(text: str) -> None:
    """Comments and texts in quotes among them; what they hold counts for nothing."""
    assert dialects_of(text) == ("numpy",)
    assert dialects_of(text + "  # \\frac and W^T") == ("numpy",)


@pytest.mark.parametrize("text", EITHER)
def test_what_both_have_may_be_either(text: str) -> None:
    """Then what reads it first is taken."""
    assert set(dialects_of(text)) == {"numpy", "latex"}
