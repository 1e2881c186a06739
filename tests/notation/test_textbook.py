"""The lines of a derivation read as a textbook prints them."""

from __future__ import annotations

import pytest

from chainruler.engine import (
    System,
    backpropagate,
    diag,
    logsumexp,
    mean,
    norm2,
    outer,
    relu,
    select,
    sigmoid,
    size,
    softmax,
    tanh,
    variable,
)
from chainruler.notation import latex_symbol, mathml_symbol, to_latex, to_mathml, to_numpy

X, Z1, A1 = variable("X", ("N", 4)), variable("Z1", ("N", 5)), variable("A1", ("N", 5))
W1, b1, W2, b2 = variable("W1", (5, 4)), variable("b1", (5,)), variable("W2", (3, 5)), variable("b2", (3,))
Z2, Y = variable("Z2", ("N", 3)), variable("Y", ("N", 3))
y, lam = variable("y", ("N",), "index"), variable("lam")
z, a, x = variable("z", (3,)), variable("a", (3,)), variable("x", (4,))
SYSTEM = System(
    {
        "Z1": X @ W1.T + b1,
        "A1": relu(Z1),
        "Z2": A1 @ W2.T + b2,
        "J": mean(logsumexp(Z2) - select(Z2, y)) + lam * (norm2(W1) + norm2(W2)),
    }
)
LINES = backpropagate(SYSTEM, "J", [W1, b1, W2, b2]).lines
PRINTED = {
    "dZ2": (
        r"1/N * (softmax(Z2) - onehot(y, 3))",
        r"\frac{1}{N}\left(\operatorname{softmax}(Z_2) - \operatorname{onehot}(y, 3)\right)",
    ),
    "db2": ("sum(dZ2, axis=0)", r"\sum_{i=1}^{N}\left(dZ_2\right)_{i}"),
    "dA1": ("dZ2 @ W2", "dZ_2 W_2"),
    "dZ1": ("dA1 * (Z1 > 0)", r"dA_1 \odot \mathbb{1}\{Z_1 > 0\}"),
}
SINGLE = {
    "error": (
        1 / size(["N"]) * (softmax(Z2) - Y),
        "1/N * (softmax(Z2) - Y)",
        r"\frac{1}{N}\left(\operatorname{softmax}(Z_2) - Y\right)",
    ),
    "weights": (Z2.T @ A1 + 2 * lam * W2, "Z2.T @ A1 + 2 * lam * W2", r"Z_2^\top A_1 + 2\lambda W_2"),
    "outer": (
        outer(softmax(z) - a, x),
        "outer(softmax(z) - a, x)",
        r"\left(\operatorname{softmax}(z) - a\right) x^\top",
    ),
    "jacobian": (diag(a) - outer(a, a), "diag(a) - outer(a, a)", r"\operatorname{diag}(a) - a a^\top"),
    "sigmoid": (
        sigmoid(z) * (1 - sigmoid(z)),
        "sigmoid(z) * (1 - sigmoid(z))",
        r"\sigma(z) \odot \left(1 - \sigma(z)\right)",
    ),
    "square": (1 - tanh(z) ** 2, "1 - tanh(z)**2", r"1 - \tanh(z)^{\odot 2}"),
    "names": (
        variable("W_classes", (3, 4)) @ x + variable("gamma0", (3,)),
        "W_classes @ x + gamma0",
        r"W_{\mathrm{classes}} x + \gamma_0",
    ),
    "quotient": (z / (1 + a), "z / (1 + a)", r"\frac{z}{1 + a}"),
    "minus": (-z, "-z", "-z"),
    "thirds": (2 * z / 3, "2/3 * z", r"\frac{2}{3} z"),
    "norm": (lam * norm2(W1), "lam * sum(W1**2)", r"\lambda\left\|W_1\right\|^{2}"),
    "gated": (
        (Z2 @ W2 * (Z1 > 0)).T @ X,
        "((Z2 @ W2) * (Z1 > 0)).T @ X",
        r"\left(\left(Z_2 W_2\right) \odot \mathbb{1}\{Z_1 > 0\}\right)^\top X",
    ),
}


@pytest.mark.parametrize("name", PRINTED)
def test_lines_of_a_derivation(name: str) -> None:
    """Each cotangent of a two-layer classifier prints as in the book."""
    assert (to_numpy(LINES[name]), to_latex(LINES[name])) == PRINTED[name]


@pytest.mark.parametrize("case", SINGLE)
def test_expressions_read_like_the_textbook(case: str) -> None:
    """Fractions in front, minus signs, no needless parentheses."""
    expression, numpy, latex = SINGLE[case]

    assert (to_numpy(expression), to_latex(expression)) == (numpy, latex)


def test_the_symbol_of_a_line() -> None:
    """The left-hand side is the name, or the derivative that it stands for if the loss is named."""
    assert latex_symbol("dZ2") == "dZ_2"
    assert latex_symbol("dZ2", "J") == r"\frac{\partial J}{\partial Z_2}"
    assert latex_symbol("dW_classes", "J") == r"\frac{\partial J}{\partial W_{\mathrm{classes}}}"
    assert latex_symbol("A1", "J") == "A_1"
    assert "<mfrac>" in mathml_symbol("dgamma0", "J")
    assert "γ" in mathml_symbol("dgamma0", "J")


def test_a_caller_names_symbols_its_own_way() -> None:
    """A line may be printed in deltas."""
    line = LINES["dW2"]

    assert r"\delta^\top A_1" in to_latex(line, {"dZ2": r"\delta"})
    assert "<mi>δ</mi>" in to_mathml(line, {"dZ2": "<mi>δ</mi>"})
