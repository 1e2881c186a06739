r"""Identity matrices and columns of ones in LaTeX, as large as what stands beside them, whatever their size."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from chainruler.engine import Expression, compiled, size, variable
from chainruler.notation import FormulaError, read_latex
from tests.notation.test_code import CONVENTIONS, LIMITS

D, C, N = 4, 3, 6
SYMBOLS = {
    "X": variable("X", ("N", D)),
    "W": variable("W", (D, C)),
    "b": variable("b", (1,)),
    "v": variable("v", (D,)),
    "u": variable("u", ("N",)),
    "lam": variable("lam", ()),
    "N": size(["N"]),
}
_draw = np.random.default_rng(5).normal
VALUES = {"X": _draw(size=(N, D)), "W": _draw(size=(D, C)), "b": _draw(size=1), "v": _draw(size=D)}
VALUES |= {"u": _draw(size=N), "lam": np.asarray(0.7)}
X, W, b, v, u, lam = VALUES.values()

IDENTITIES = ["I", r"\mathbf{I}", r"\mathbf I", r"\mathbb{I}", r"I_4", r"\mathbf{I}_{4}", r"\boldsymbol{I}_D"]
LARGE = [
    (r"(X^\top X + \lambda <I>) W", X.T @ X @ W + lam * W),
    (r"(\lambda <I> + X^\top X) W", X.T @ X @ W + lam * W),
    (r"X^\top X - N \lambda <I>", X.T @ X - N * lam * np.eye(D)),
    (r"<I> W - 2 \lambda <I> W", W - 2 * lam * W),
    (r"(<I> - \lambda X^\top X) v", v - lam * X.T @ X @ v),
    (r"v^\top <I>", v),
    (r"<I> v", v),
    (r"X^\top X \odot <I>", X.T @ X * np.eye(D)),
    (r"\frac{<I> + X^\top X}{2}", (np.eye(D) + X.T @ X) / 2),
    (r"(X <I>)^\top X", X.T @ X),
]
ONES = [r"\mathbf 1", r"\mathbf{1}_N", r"\mathbb{1}", r"\boldsymbol{1}"]
COLUMNS = [
    (r"u - b <1>", u - b),
    (r"b <1> + u", u + b),
    (r"X^\top (u + <1> b)", X.T @ (u + b)),
    (r"X^\top (2 b <1> - u)", X.T @ (2 * b - u)),
    (r"u + \lambda <1>", u + lam),
]


def value(text: str) -> np.ndarray:
    """The value of a formula."""
    expression: Expression = read_latex(text, SYMBOLS, LIMITS, CONVENTIONS).expression
    (found,) = compiled([expression], [SYMBOLS[name] for name in VALUES])(VALUES)
    return np.asarray(found)


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize(("identity", "case"), list(product(IDENTITIES, range(len(LARGE)))))
def test_an_identity_matrix_is_as_large_as_its_neighbour(identity: str, case: int) -> None:
    """With a size or without one, in sums and in products."""
    text, expected = LARGE[case]

    np.testing.assert_allclose(value(text.replace("<I>", identity)), expected)


@pytest.mark.parametrize(("ones", "case"), list(product(ONES, range(len(COLUMNS)))))
def test_a_number_times_ones_is_that_number_everywhere(ones: str, case: int) -> None:
    """A bias of one entry before or behind a column of ones is not lost."""
    text, expected = COLUMNS[case]

    np.testing.assert_allclose(value(text.replace("<1>", ones)), expected)


@pytest.mark.parametrize("text", [r"W I_3 - I_3", r"I_3 W", r"v I", r"X + I", r"I_5 v"])
def test_an_identity_matrix_that_does_not_fit_is_refused(text: str) -> None:
    """Of another size, behind a column, or added to what is not square."""
    with pytest.raises(FormulaError):
        value(text)


def test_a_declared_name_comes_first() -> None:
    """Where a problem calls something I, that is what I is."""
    symbols = {**SYMBOLS, "I": SYMBOLS["v"]}

    assert read_latex("2 I", symbols, LIMITS, CONVENTIONS).expression is 2 * SYMBOLS["v"]
