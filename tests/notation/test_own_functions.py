"""Functions, lists and sums by letters that code has of its own: what they give is what NumPy gives that runs it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation
from chainruler.notation import FormulaError
from chainruler.notation.code_reader import read_code
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, assert_runs_as_it_is_read, numbers

__all__ = ["numbers"]  # a fixture

CODE = {
    "a function of one's own": """
        def slope(z):
            gate = (z > 0)
            return gate * 1.0
        dZ1 = ((softmax(Z2) - Y) @ W2) * slope(Z1)
    """,
    "one that calls another": """
        def s(z): return 1 / (1 + np.exp(-z))
        def ds(z): return s(z) * (1 - s(z))
        g = ds(Z1)
    """,
    "a lambda": "slope = lambda a: 1 - a*a\ng = slope(A1)",
    "a lambda with a number": """
        mean = lambda r, axis=0: r.sum(axis=axis) / r.shape[axis]
        g = mean(Z2)
        h = mean(Z2, axis=1)
    """,
    "results put into arrays": """
        d = np.empty_like(Z2)
        e = d
        np.subtract(Z2, Y, out=d)
        np.divide(d, N, out=d)
        g = d.sum(axis=0)
    """,
    "a choice by a flag": """
        def f(x, deriv=False):
            if deriv == True:
                return 1 - x**2
            return np.tanh(x)
        a, g = f(Z1), f(A1, deriv=True)
    """,
    "one that is never called": """
        def grad(X, y):
            d = softmax(Z2)
            d[np.arange(N), y] -= 1
            return d / N
        g = 0 + Y
    """,
    "sums by letters": "g = np.einsum('nc,nh->ch', Z2, A1); h = np.einsum('nc,ch->nh', Z2, W2)",
    "letters turned round": "g = np.einsum('nh,nc->ch', A1, Z2); t = np.einsum('ij->ji', Z2)",
    "letters of one array": "h = np.einsum('ij->i', Z2)",
    "entry by entry": "g = np.einsum('nc,nc->n', Z2, Y); h = np.einsum('nc,nc->nc', Z2, Y)",
    "letters that come twice": "d = np.einsum('n,nc', Z2[:, 0], Y)",
    "a list of samples": "dW2 = sum([np.outer(Z2[i], A1[i]) for i in range(N)]) / N",
    "rows made by a list": "d = np.array([Z2[i] - Y[i] for i in range(N)])",
    "a sum over a list": "g = np.sum([Z2[i] for i in range(N)], axis=0)",
    "rows of two arrays": "dW2 = sum(np.outer(d, a) for d, a in zip(Z2, A1))",
    "a list of numbers": "g = np.array([Z2[:, k].sum() for k in range(3)])",
    "a total that begins as a number": """
        g = 0
        for a, d in zip(A1, Z2):
            g = g + np.outer(d, a)
        g /= len(A1)
    """,
    "one entry of each row as a column": "m = Z2 - Z2[np.arange(N), y, None] + 1",
    "sizes": "g = Z2 / Y.size; h = np.zeros((N, 3)) + np.eye(W2.shape[0])[y]",
    "the shape of what was computed": "g = X.T @ Z1\ng.shape",
}


@pytest.mark.parametrize("name", CODE)
def test_code_gives_what_numpy_gives(name: str, numbers: dict[str, Any]) -> None:
    """Every array that is left at the end has the value that running the code gives it, and the last one is known."""
    assert_runs_as_it_is_read(CODE[name], numbers)


PYTORCH = [
    ("s = F.softmax(Z2, 1)", "softmax(Z2)"),
    ("s = Z2.softmax(-1)", "softmax(Z2)"),
    ("z = F.linear(A1, W2, b2)", "A1 @ W2.T + b2"),
    ("g = A1.masked_fill(Z1 <= 0, 0.0)", "where(Z1 <= 0, 0, A1)"),
    ("m = Z2.max(1, keepdim=True).values", "max(Z2, axis=1, keepdims=True)"),
    ("s = Z2.gather(1, y[:, None])", "select(Z2, y)[:, None]"),
    ("o = torch.zeros_like(Z2).scatter_(1, y.view(-1, 1), 1.0)", "where(onehot(y, 3), ones((N, 3)), zeros((N, 3)))"),
    ("v = Z2.clone()\nv.scatter_(1, y[:, None], 0.0)", "where(onehot(y, 3), zeros((N, 3)), Z2)"),
    (
        "v = Z2.clone()\nv.scatter_(1, y[:, None], -Z2.sum(1, keepdim=True))",
        "where(onehot(y, 3), -sum(Z2, axis=1, keepdims=True) + 0*Z2, Z2)",
    ),
    ("h = np.heaviside(Z1, 0)", "Z1 > 0"),
    ("n = Y.numel()", "3 * N"),
    ("d = F.one_hot(y, num_classes=3).float()", "onehot(y, 3)"),
    ("z = torch.zeros(4, 1) + 1", "ones((4, 1))"),
    ("d = np.diagflat(b2)", "diag(b2)"),
    ("g = b2 @ b1.T", "outer(b2, b1)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "plain"), PYTORCH)
def test_spellings_mean_what_formulas_have(text: str, plain: str, numbers: dict[str, Any]) -> None:
    """The value is that of the formula."""
    cells = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells
    wanted = read_code(f"wanted = {plain}", SYMBOLS, LIMITS, CONVENTIONS).cells["wanted"]
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})
    part = list(cells.values())[-1].part

    assert part is not None
    assert wanted.part is not None
    np.testing.assert_allclose(point(part.expression), point(wanted.part.expression), rtol=1e-12)


REFUSED = [
    ("def f(z): return f(z)\ng = f(Z1)", "f"),
    ("def f(z, w): return z @ w\ng = f(Z1)", "takes 2 operands"),
    ("def f(z):\n    if z > 0:\n        return z\n    return 0 * z\ng = f(Z1)", "condition"),
    ("g = np.einsum('ab,bc->ac', Z2, A1)", "runs to"),
    ("g = np.einsum('aa->a', W2)", "einsum"),
    ("g = np.einsum('abc->a', W2)", "names 3 axes"),
    ("g = [Z2[i] for i in range(N) if i > 2]", "number of a sample"),
    ("\n".join(f"def f{n}(z): return f{n - 1}(z) + f{n - 1}(z)" if n else "def f0(z): return z + 1" for n in range(20))
     + "\ng = f19(Z1)", "calls"),
]  # fmt: skip


LONG = " + ".join(["Z2"] * 1200)


@pytest.mark.parametrize(
    "text", [LONG, f"g = {LONG}", f"g = ({LONG}).sum(0)", f"for i in range(N):\n    g = {LONG} + g"]
)
def test_long_sums_are_read_or_refused(text: str) -> None:
    """However many terms there are, nothing goes deeper than Python can."""
    for part in (text, f"{text}\nh = 2"):
        try:
            cells = read_code(part, SYMBOLS, LIMITS, CONVENTIONS).cells
        except FormulaError as refusal:
            assert "deep" in str(refusal) or "parts" in str(refusal)  # noqa: PT017 (either may be)
        else:
            assert cells


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_cannot_be_followed_is_refused(text: str, said: str) -> None:
    """In words about this place, within bounds, and without running anything."""
    cell = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells["g"]

    assert cell.part is None
    assert isinstance(cell.trouble, FormulaError)
    assert said in str(cell.trouble)
