"""Names of code that share memory, and second meanings of functions: what is read is what NumPy gives, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation
from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from chainruler.notation.code_reader import read_code
from tests.notation.test_code import CODE, CONVENTIONS, LIMITS, SYMBOLS, N, numbers, softmax
from tests.notation.test_own_functions import CODE as OWN

__all__ = ["numbers"]  # a fixture

VIEWS = [
    "A.T", "A[:]", "A[...]", "A[1:]", "A[:, 1]", "A[0]", "A.view()", "np.asarray(A)", "A.squeeze()", "A.reshape(-1)",
    "A.ravel()", "A.data", "A.real", "A.transpose()", "A.swapaxes(0, 1)", "A.T.T", "np.array(A, copy=False)",
    "np.einsum('ij->ji', A)", "np.squeeze(A)", "(A if N > 1 else 2 * A)", "A", "A.copy()", "A.copy().T", "1 * A",
    "A[A > 0]", "np.array(A)",
]  # fmt: skip
"""Expressions for an array, most of which share its memory."""
CHANGES = [
    "v = VIEW\nv *= 2",
    "v = VIEW\nv[...] = 0",
    "v = VIEW\nw = v\nw += 1",
    "v = VIEW\nv.fill(3)",
    "v, w = VIEW, 1\nv -= 1",
    "v = w = VIEW\nv *= 2",
    "def f(z):\n    z *= 2\n    return 1 * z\nw = f(VIEW)",
    "def f(z):\n    return z\nw = f(VIEW)\nw *= 2",
]
OTHERS = [
    "A.fill(0)", "A.T[0] = 0", "A.flat[:] = 0", "A.ravel()[:] = 0", "A.sort()", "np.put(A, 0, 3)", "np.copyto(A, 1)",
    "np.exp(A, A)", "np.exp(A, out=A)", "x = np.exp(A, out=A)", "x = np.maximum(A, 0, A)", "print(A.sort())",
    "x = A.sort()", "for row in A: row *= 2", "for row in A.T: row[0] = 2", "for i, row in enumerate(A): row -= 1",
    "for a, b in zip(A, A): a -= 1", "[row.fill(0) for row in A]", "x = [row.fill(0) for row in A]", "A[1:][0] = 5",
    "i = 0\nwhile i < 1:\n    i += 1\n    v = A.T\n    v *= 2", "try:\n    A *= 2\nexcept ValueError: pass",
    "print(A := 2 * A)", "v = A\nv //= 1", "L = [A]\nL[0] *= 2", "np.negative(A, out=A)", "A.itemset(0, 1)",
    "assert A.fill(0) is None", "for i in range(N):\n    v = A[i]\n    v *= 2", "np.place(A, A > 0, 1)",
    "for i in range(N):\n    A[i].fill(0)", "globals()['A'] = 0 * A", "np.clip(A, 0, 1, A)", "np.fill_diagonal(A, 0)",
    "np.add(A, 1, A)", "s = 2\nt = s\nt *= 2\nA *= s",
]  # fmt: skip
TEXTS = [change.replace("VIEW", view) for change in CHANGES for view in VIEWS] + OTHERS


def run_by_numpy(text: str, numbers: dict[str, Any]) -> dict[str, Any]:
    """What is left when the code is run; nothing if NumPy refuses it."""
    run = {label: np.array(value) for label, value in numbers.items()} | {"np": np, "softmax": softmax, "N": N}
    try:
        exec(text, run)  # noqa: S102 (code of this file)
    except (TypeError, ValueError, AttributeError, IndexError, NotImplementedError):
        return {}
    return run


def check_all(text: str, numbers: dict[str, Any]) -> int:
    """See that each name that is read has the value of the run; how many there are."""
    run = run_by_numpy(text, numbers)
    try:
        cells = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells
    except FormulaError:
        return 0
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})
    known = {label: cell.part for label, cell in cells.items() if cell.part is not None and label in run}
    for label, part in known.items() if run else ():
        where = f"{label}\n{text}"
        np.testing.assert_allclose(point(part.expression), run[label], rtol=1e-12, atol=1e-12, err_msg=where)
    return len(known)


def dedented(text: str) -> str:
    """The lines of a text from where its first one begins."""
    lines = text.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines) + "\n"


@pytest.mark.sampled(0.25)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_changed_through_a_view_is_what_numpy_makes_of_it(text: str, numbers: dict[str, Any]) -> None:
    """An array computed, and one of the problem: neither keeps a value that running the code takes from it."""
    for first, array in (("g = (softmax(Z2) - Y) / N", "g"), ("g = Z2 * 1", "Z2"), ("g = Z2", "g")):
        check_all(f"{first}\n{text}\nh = A + 0\n".replace("A", array), numbers)


@pytest.mark.sampled(0.5)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", [*CODE.values(), *OWN.values()])
def test_changes_after_any_code_are_followed_or_refused(code: str, numbers: dict[str, Any]) -> None:
    """After each of the texts of other tests, each of its arrays is changed in each way."""
    text = dedented(code)
    arrays = [n for n, v in run_by_numpy(text, numbers).items() if isinstance(v, np.ndarray) and n not in SYMBOLS]
    random = np.random.default_rng(len(text))

    read = 0
    for array in arrays[-2:]:
        for change in random.choice(TEXTS, 12, replace=False):
            read += check_all(text + str(change).replace("A", array) + "\n", numbers)

    assert read >= 1


@pytest.mark.parametrize(
    "change", ["v = dh.T; v[Z1.T <= 0] = 0", "v = dh[:]; v[Z1 <= 0] = 0", "dh.T[Z1.T <= 0] = 0", "dh.fill(2)",
               "v = np.asarray(dh); v *= Z1 > 0", "v = dh.view(); v *= 2", "v = dh.copy(); v *= 2"]
)  # fmt: skip
def test_whole_views_are_read(change: str, numbers: dict[str, Any]) -> None:
    """A change through a view of the whole array is a change of the array."""
    text = f"dh = Z2 @ W2\n{change}\ndZ1 = dh\n"
    cell = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells["dZ1"]

    assert cell.part is not None
    assert check_all(text, numbers) >= 2


ASKED = Asked("dZ2", "Z2", ("W1", "b1", "W2", "b2", "Z1", "Z2", "A1"))
R = "dZ2 = (softmax(Z2) - Y) / N\n"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (f"{R}return 2 * dZ2", "2 * (softmax(Z2) - Y) / N"),
        (f"{R}return dZ2\nreturn Y", "(softmax(Z2) - Y) / N"),
        (f"{R}return dZ2\ndZ2 = Y", "(softmax(Z2) - Y) / N"),
        (f"{R}grads = {{'Z2': dZ2}}", "(softmax(Z2) - Y) / N"),
        ("def f(): return Y\ndef f(): return (softmax(Z2) - Y) / N\ndZ2 = f()", "(softmax(Z2) - Y) / N"),
        (f"def f():\n    {R}    return Y\ndZ2 = f()", "Y"),
        ("def exp(z): return z\ndZ2 = np.exp(Z2)", "exp(Z2)"),
        ("def exp(z): return 2 * z\ndZ2 = exp(Z2)", "2 * Z2"),
        ("def f(z, lam=0.5): return lam * z\ndZ2 = f(Z2)", "0.5 * Z2"),
        ("from scipy.special import expit as sigmoid\ndZ2 = sigmoid(Z2)", "sigmoid(Z2)"),
        (f"np.exp = np.log\n{R}", None),
        ("np.exp = lambda z: z\ndZ2 = np.exp(Z2)", None),
        ("exp = np.log\ndZ2 = exp(Z2)", None),
        ("from numpy import log as exp\ndZ2 = exp(Z2)", None),
        (f"def softmax(z):\n    e = np.exp(z)\n{R}", None),
        (f"{R}grads = {{'Z2': Y}}", None),
        (f"{R}return Y", None),
        (f"def g():\n    {R}    return Y", None),
        (f"{R}exec('dZ2 *= 2')", None),
    ],
)
def test_no_second_meaning_or_result_is_left_out(text: str, same: str | None) -> None:
    """What replaces a function or a result counts, or the text is refused."""
    if same is None:
        with pytest.raises(FormulaError):
            read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED)
        return
    have, want = (read_answer(one, "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED) for one in (text, same))

    assert have.expression is want.expression
