"""Code without NumPy, with lists and numbers: what is read is what Python gives that runs it on lists."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation, Expression, size, variable
from chainruler.notation import FormulaError
from chainruler.notation.code_reader import read_code
from chainruler.notation.formula import Conventions, FormulaLimits

N, D, C = 6, 3, 4
SYMBOLS: dict[str, Expression] = {
    "X": variable("X", ("N", D)), "w": variable("w", (D, 1)), "b": variable("b", (1,)), "t": variable("t", ("N", 1)),
    "W": variable("W", (C, D)), "c": variable("c", (C,)), "x": variable("x", (D,)), "y": variable("y", (), "index"),
    "Y": variable("Y", (C,)), "z": variable("z", (C,)), "k": variable("k", ("N",), "index"),
    "K": variable("K", ("N", C)), "N": size(["N"]),
}  # fmt: skip
CONVENTIONS = Conventions({SYMBOLS["y"]: SYMBOLS["Y"], SYMBOLS["k"]: SYMBOLS["K"]})
LIMITS = FormulaLimits(sizes={"N": N})
CODE = {
    "lists of lists": """
        a = [sum(W[i][j] * x[j] for j in range(3)) + c[i] for i in range(4)]
        h = [max(0.0, v) for v in a]
        g = [v if u > 0 else 0.0 for u, v in zip(a, h)]
        d = [max(v, 0) - min(0, v) for v in a]
        dW = [[h[i] * x[j] for j in range(3)] for i in range(4)]
    """,
    "softmax": """
        import math
        top = max(z)
        e = [math.exp(v - top) for v in z]
        total = sum(e)
        p = [v / total for v in e]
        q = [v / sum(e) for v in e]
        d = [p[i] - y[i] for i in range(4)]
    """,
    "filled lists": """
        dW = [[0.0] * 3 for _ in range(4)]
        dc = [0] * len(c)
        for i in range(4):
            for j in range(3):
                dW[i][j] += z[i] * x[j]
            dc[i] = dc[i] + z[i] / 2
    """,
    "one place of each row": """
        d = [0.0] * 4
        for i in range(4):
            d[i] = z[i] - (1 if i == 2 else 0)
        g = [v for v in d]
    """,
    "numbers in loops over samples": """
        from math import exp
        dw, db, loss = [0.0] * 3, 0.0, 0
        for i in range(N):
            s = b
            for j in range(3):
                s += w[j] * X[i][j]
            p = 1.0 / (1.0 + exp(-s))
            for j in range(3):
                dw[j] += (p - t[i]) * X[i][j] / N
            db += (p - t[i]) / N
            loss = loss + (p - t[i]) ** 2
    """,
    "samples by rows": """
        dw = [0.0, 0.0, 0.0]
        for row, target in zip(X, t):
            s = sum(w[j] * row[j] for j in range(3)) + b
            for j in range(3):
                dw[j] += (s - target) * row[j]
        dw = [v / len(X) for v in dw]
    """,
    "samples by number": """
        dc = [0.0] * 4
        for i, row in enumerate(X):
            a = [sum(W[r][j] * row[j] for j in range(3)) + c[r] for r in range(4)]
            for r in range(4):
                dc[r] += a[r] - k[i][r]
    """,
}


@pytest.fixture
def numbers() -> dict[str, Any]:
    """A value for each symbol."""
    random = np.random.default_rng(5)
    sides = {name: [N if dim == "N" else int(dim) for dim in symbol.shape] for name, symbol in SYMBOLS.items()}
    values: dict[str, Any] = {name: random.normal(size=side) for name, side in sides.items() if name != "N"}
    values |= {"y": 2, "k": random.integers(0, C, N)}
    return values | {"Y": np.eye(C)[2], "K": np.eye(C)[values["k"]]}


@pytest.mark.parametrize("name", CODE)
def test_lists_give_what_python_gives(name: str, numbers: dict[str, Any]) -> None:
    """Weights and biases of one entry are numbers there; class numbers with a place are one-hot rows."""
    text = CODE[name]
    run: dict[str, Any] = {label: np.asarray(value).tolist() for label, value in numbers.items()}
    run |= {"w": numbers["w"][:, 0].tolist(), "t": numbers["t"][:, 0].tolist(), "b": numbers["b"].item()}
    run |= {"N": N, "y": run["Y"], "k": run["K"]}
    exec(dedent(text), run)  # noqa: S102 (code of this file)
    cells = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})

    assert list(cells.values())[-1].part is not None
    for label, cell in cells.items():
        if cell.part is not None:
            found = np.reshape(point(cell.part.expression), np.shape(run[label]))
            np.testing.assert_allclose(found, run[label], rtol=1e-12, atol=1e-12, err_msg=label)


def test_a_name_of_a_list_is_no_number() -> None:
    """What another name of a list changes is changed; a bias is a number in code without arrays only."""
    lists = read_code("a = [1.0]\nb2 = a\nb2[0] = 5", SYMBOLS, LIMITS, CONVENTIONS).cells
    arrays = read_code("s = b\ns += np.sum(w)", SYMBOLS, LIMITS, CONVENTIONS).cells

    assert lists["a"].part is lists["b2"].part
    assert "b" in arrays


@pytest.mark.parametrize("text", ["a = [1.0, 2.0] * 3", "a = [0.0] * 0", "a = [0.0] * -2", "a = [] * 3"])
def test_other_repeated_lists_are_refused(text: str) -> None:
    """A list is repeated if it has one element, and at least once."""
    cell = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells["a"]

    assert isinstance(cell.trouble, FormulaError)
