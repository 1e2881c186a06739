"""Loops, conditions, lists and places in arrays: what code gives is what NumPy gives that runs it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.notation.code_reader import read_code
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, numbers, run_and_read

__all__ = ["numbers"]  # a fixture

RESULTS = {
    "a local value changed under a condition": """
        d = np.zeros(3)
        for i in range(N):
            q = Z2[i].copy()
            if y[i] == 0:
                q -= 1
            d += q
    """,
    "a local value set in two ways": """
        d = np.zeros(3)
        for i in range(N):
            if y[i] == 0:
                q = Z2[i]
            elif y[i] == 1:
                q = 2 * Z2[i]
            else:
                q = 3 * Z2[i]
            d += q
    """,
    "totals under conditions": """
        d = np.zeros(3)
        for i in range(N):
            for j in range(3):
                if Z2[i, j] > 0:
                    d[j] += Z2[i][j]
                elif j == y[i]:
                    d[j] -= 1
    """,
    "a condition of two": """
        d = np.zeros(3)
        for i in range(N):
            best = 0
            if Z2[i, 0] > Z2[i, 1] and not y[i] == 2 or y[i] == 1:
                best = Z2[i, 0]
            d += best
    """,
    "continue": """
        d = np.zeros(5)
        for k in range(N):
            for j in range(5):
                if Z1[k, j] <= 0:
                    continue
                for c in range(3):
                    if c == y[k]:
                        d[j] -= W2[c, j]
                        continue
                    d[j] += W2[c, j] * Y[k, c] + 1
    """,
    "entries set under conditions": """
        d = np.zeros((N, 3))
        for i in range(N):
            for j in range(3):
                if Z2[i, j] > 0:
                    d[i, j] = Y[i, j]
                else:
                    d[i, j] = 2
    """,
    "rows changed under a condition": """
        d = np.zeros((N, 3))
        for i in range(N):
            d[i] = Z2[i]
            if y[i] == 1:
                d[i] -= 1
                d[i] *= 2
    """,
    "a condition outside of loops": "d = 0\nif lam > 0:\n    d = 1\nelse:\n    d = Z2",
    "one or the other": "d = Z2 if lam > 0 else -Z2",
    "an empty array filled by rows": "d = np.empty_like(A1)\nfor i in range(N):\n    d[i] = A1[i] * 2 / N",
    "an empty array filled by columns": "d = np.empty((3, N))\nfor i in range(N):\n    d[:, i] = Z2[i] * 2 / N",
    "an empty array filled entry by entry": """
        d = np.empty((N, 3))
        for i in range(N):
            for j in range(3):
                d[i, j] = Z2[i, j] if Z2[i, j] > 0 else 0.5
    """,
    "an empty array filled part by part": "d = np.empty(3)\nd[0] = 1\nd[1:] = b2[1:3]",
    "an empty matrix filled by numbers": """
        d = np.empty((3, 5))
        for j in range(3):
            for k in range(5):
                d[j][k] = (Z2[:, j] * A1[:, k]).sum()
    """,
    "places by class": """
        d = np.zeros((3, 5))
        e = np.zeros((3, N))
        for k in range(N):
            d[y[k], :] += A1[k]
            d[:, 0] -= Z2[k]
            d[0, 1] += 1
            d[1:3, 2:4] += 0.5
            e[y[k], k] = 1
    """,
    "double indices": """
        d = np.zeros((3, 5))
        g = 0.0
        for k in range(N):
            s = 0
            for j in range(5):
                d[y[k]][j] += A1[k][j]
                s += A1[k][j] * W2[0][j]
            g += s - Y[k][0]
        h = [g / N, 2]
    """,
    "parts of a matrix": "g = W2.copy()\ng[0:2, 1:] = 0\ng[2, 0] *= 5\ng[1][2] -= 3\ng[-1, -1] = 7",
    "a total in the middle of a sum": "t = 0\nfor x in X:\n    t = x + t - 1",
    "a new array under an old name": "p = Z2 + 0\nfor i in range(1):\n    q = p\n    q = q - 1\nr = p + q",
    "rows by their numbers": "rows = np.arange(N)\nm = Z2 - Z2[rows, y][:, None]\nm[rows, y] = 0",
    "one-hot rows by comparison": "d = (y[:, None] == np.arange(3)).astype(float) - 1",
    "counts": "d = np.bincount(y, minlength=3) / N - np.bincount(y, weights=Z2.sum(axis=1), minlength=3)",
    "taken away at rows": "d = W2.copy()\nnp.subtract.at(d, y, A1)",
    "class numbers of one-hot rows": "k = Y.argmax(axis=1)\nd = Z2.copy()\nd[np.arange(N), k] -= 1",
    "a written number of samples": "d = np.zeros(3)\nfor n in range(7):\n    d += Z2[n] / 7",
    "a written number of units": "d = np.zeros(5)\nfor j in range(5):\n    d[j] = A1[:, j].sum()",
    "a sum of a generator": "d = sum(np.outer(2 * (z - t), a) for z, t, a in zip(Z2, Y, A1)) / N",
    "a sum under conditions": """
        d = sum(np.outer(A1[i], Y[i] - np.eye(3)[j])
                for i in range(N) for j in range(3) if j != y[i] and Z2[i, j] > 0) / N
    """,
    "a sum in a sum": "d = sum(sum(Z2[i, j] for j in range(3)) * A1[i] for i in range(N))",
    "a sum with a beginning": "d = sum([Z2[i] for i in range(N)], b2)",
    "sums in a list": "d = np.array([[sum(Z2[n, 0] * A1[n, j] for n in range(N)) / N] for j in range(A1.shape[1])])",
    "a list in a list": "d = [[Z2[i, j] * 2 for j in range(3)] for i in range(N)]",
    "features in the outer loop": """
        d = np.zeros(5)
        for j in range(A1.shape[1]):
            acc = 0
            for i in range(N):
                pred = sum(A1[i, k] * W2[0, k] for k in range(5)) + b2[0]
                acc += (pred - Y[i, 0]) * A1[i, j]
            d[j] += acc / N
    """,
}


@pytest.mark.parametrize("name", RESULTS)
def test_code_gives_what_numpy_gives(name: str, numbers: dict[str, Any]) -> None:
    """Every array that is known at the end has the value that running the code gives it, and so has its result."""
    run, read = run_and_read(RESULTS[name], numbers)
    known = {label: value for label, value in read.items() if value is not None}

    assert {"d", "g", "h", "m", "t", "r"} & known.keys()
    for label, value in known.items():
        np.testing.assert_allclose(value, run[label], rtol=1e-12, atol=1e-12, err_msg=label)


@pytest.mark.parametrize(
    "text",
    [
        ">>> d = Z2 * 2\n>>> for i in range(2):\n...     d = d + 1\n...\n>>> d /= N",
        "In [1]: d = Z2 * 2\nIn [2]: for i in range(2):\n   ...:     d = d + 1\nIn [3]: d /= N\nOut[3]: array([[1.]])",
        "    >>> d = Z2 * 2\n    >>> for i in range(2):\n    ...     d = d + 1\n    >>> d /= N",
    ],
)
def test_prompts_are_left_out(text: str) -> None:
    """What a console or a notebook writes before a line is no part of it."""
    plain = (
        read_code("d = Z2 * 2\nfor i in range(2):\n    d = d + 1\nd /= N", SYMBOLS, LIMITS, CONVENTIONS).cells["d"].part
    )
    have = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells["d"].part

    assert plain is not None
    assert have is not None
    assert have.expression is plain.expression


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("d = X.transpose(0, 1)", "which axes"),
        ("d = Z2.argmax(axis=1)", "one-hot rows"),
        ("d = np.empty(3)\nd[0] = 1\nd = d + 1", "Not all of d is set"),
        ("for i in range(N):\n    if y[i] == 0:\n        q = Z2[i]\n    d = q", "set in one case only"),
        ("d = [Z2[i] for i in range(N) if y[i] == 0]", "one by one"),
        ("d = [Z2[i, j] for i in range(N) for j in range(3)]", "one by one"),
        ("d = np.zeros(3)\nfor i in range(N):\n    k = 0\n    if Z2[i, 0] > 0:\n        k = y[i]\n    d += W2[k, 0:3]",
         "one entry or another"),
        ("d = np.zeros(3)\nfor i in range(N):\n    d = Z2[i]", "inside of the loop only"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(text: str, message: str) -> None:
    """What depends on how often a loop runs, or was never set, is no result."""
    cell = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells["d"]

    assert cell.part is None
    assert message in str(cell.trouble)
