"""Names that a text in LaTeX defines itself: with accents, before or after their use, and never taken for another's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
RIGHT = {
    "a bar": (
        "W2",
        (
            r"\overline{\mathbf{Z}_2} = \frac1N(\hat{\mathbf Y} - \mathbf Y)"
            r" \\ \overline{W_2} = \overline{Z_2}^\top A_1 + 2\lambda W_2"
        ),
    ),
    "a hat on a bold letter": ("Z2", r"\nabla_{\mathbf{Z}_2} J = \frac1N(\hat{\boldsymbol{Y}} - \boldsymbol{Y})"),
    "a bold letter with a hat": ("Z2", r"\frac1N(\mathbf{\hat Y} - \mathbf{Y})"),
    "style around a formula": ("Z2", r"\frac1N \mathbf{(\hat{Y} - Y)}"),
    "where it is defined after": ("Z2", r"\frac{\partial J}{\partial Z_2} = \frac1N R, \quad R = \hat Y - Y"),
    "two of them after": ("Z2", r"\nabla_{Z_2} J = c R, \quad R = E + 0 E, \quad E = \hat Y - Y, \quad c = \frac1N"),
    "a name that courses have too": (
        "W1",
        (
            r"dscores = \frac{1}{N}(\hat Y - Y) \\ dhidden = dscores\, W_2 \\"
            r" dhidden = dhidden \odot \mathbb{1}(Z_1 > 0) \\ dW_1 = dhidden^\top X + 2\lambda W_1"
        ),
    ),
    "bullets": ("Z1", r"(dZ_2 W_2) \bullet \mathbf 1\{Z_1 > 0\}"),
    "the step function": ("Z1", r"(dZ_2 W_2) \odot \theta(Z_1)"),
    "the sign of what is not negative": ("Z1", r"(dZ_2 W_2) \odot \operatorname{sgn}(A_1)"),
}


def graded(answer: str, formula: str) -> dict[str, Any]:
    """The result of one formula in LaTeX."""
    return dict(report(k.problem, {answer: {"formula": formula, "syntax": "latex"}})["results"][0])


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_right(name: str) -> None:
    """However its names are written, and wherever they are defined."""
    answer, formula = RIGHT[name]
    result = graded(answer, formula)

    assert result["verdict"] == "correct", result["message"]


def test_what_a_name_is_defined_as_counts() -> None:
    """A definition that is wrong makes what is made of it wrong, though courses call something right by that name."""
    late = graded("Z2", r"\frac{\partial J}{\partial Z_2} = R, \quad R = \hat Y - Y")
    early = graded("W2", "dscores = \\hat Y - Y\ndW_2 = dscores^\\top A_1 + 2\\lambda W_2")

    assert codes(late) == codes(early) == ["missing_mean"]


@pytest.mark.parametrize(
    "formula",
    [
        r"\nabla_{Z_2} J = \frac1N R, \quad R = \hat Y - Q_9",
        r"\nabla_{Z_2} J = \frac1N G, \quad G = G - Y",
        r"\nabla_{Z_2} J = \frac1N R, \quad R = \hat Y - E, \quad E = R",
    ],
)
def test_a_definition_that_says_nothing_is_refused(formula: str) -> None:
    """It cannot be read, or goes in a circle: then nothing else is put in its place."""
    assert graded("Z2", formula)["verdict"] == "not_gradable"


@pytest.mark.parametrize(("factor", "verdict"), [("", "correct"), ("3 ", "wrong")])
def test_a_name_at_the_end_of_a_chain_is_defined_by_it(factor: str, verdict: str) -> None:
    """A = B = G says what G is."""
    formula = rf"\frac{{\partial J}}{{\partial Z_2}} = \frac{{{factor or 1}}}{{N}} (\hat Y - Y) = G, \quad"
    formula += r"\frac{\partial J}{\partial W_2} = G^\top A_1 + 2 \lambda W_2"

    assert graded("W2", formula)["verdict"] == verdict
