"""Classes that code has of its own: what their objects keep and give is what NumPy gives that runs the code."""

from __future__ import annotations

import itertools
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation
from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from chainruler.notation.code_reader import read_code
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, numbers, softmax

__all__ = ["numbers"]  # a fixture

LINEAR = """
class Linear:
    def __init__(self, weight, bias=0):
        self.weight, self.bias = weight, bias
    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias
    def backward(self, dout):
        self.dweight = dout.T @ self.x
        self.dbias = dout.sum(axis=0)
        return dout @ self.weight
"""
ACTIVATIONS = {
    "kept": """
        class Act(object):
            def forward(self, z):
                self.a = np.maximum(z, 0)
                return self.a
            def backward(self, g):
                return g * (self.a != 0)
    """,
    "a mask in place": """
        class Act:
            def forward(self, z):
                self.mask = z <= 0
                out = z.copy()
                out[self.mask] = 0
                return out
            def backward(self, g):
                g = g.copy()
                g[self.mask] = 0
                return g
    """,
    "several kept": """
        class Act:
            '''With a flag, and a method that calls another.'''
            def slope(self):
                z, a = self.kept
                return 1 - a ** 2
            def forward(self, z, double=False):
                a = np.tanh(z)
                if double:
                    a = 2 * a
                self.kept = z, a
                return a
            def backward(self, g):
                return g * self.slope()
    """,
    "called itself": """
        class Act:
            def __call__(self, z):
                self.a = 1 / (1 + np.exp(-z))
                return self.a
            def forward(self, z):
                return self(z)
            def backward(self, g):
                return g * self.a * (1 - self.a)
    """,
}
USES = {
    "by itself": """
        one, act, two = 0, Act(), 0
        one = Linear(W1, b1); two = Linear(W2, bias=b2)
        h = act.forward(one.forward(X)); s = two.forward(h)
        ds = (softmax(s) - Y) / N
        dh = two.backward(ds); dz = act.backward(dh); dx = one.backward(dz)
        dW2, db2, dW1, db1 = two.dweight, two.dbias, one.dweight, one.dbias
    """,
    "in another object": """
        class Net:
            def __init__(self, w1, b1, w2, b2):
                self.one = Linear(w1, b1)
                self.act = Act()
                self.two = Linear(w2, b2)
            def forward(self, x):
                return self.two.forward(self.act.forward(self.one.forward(x)))
            def loss(self, x, t):
                self.s = self.forward(x)
                return softmax(self.s) - t, N
            def backward(self, x, t):
                d, count = self.loss(x, t)
                self.one.backward(self.act.backward(self.two.backward(d / count)))
                return self.one.dweight, self.one.dbias
        net = Net(W1, b1, W2, b2)
        dW1, db1 = net.backward(X, Y)
        dW2 = net.two.dweight
    """,
    "two of one class": """
        first, other = Act(), Act()
        a = first.forward(Z1); b = other.forward(-Z1)
        c = first.backward(A1); d = other.backward(A1)
    """,
    "without a name": "g = Linear(W2, b2).forward(A1)\nh = Act().forward(Z1)",
    "in a function": """
        act = Act()
        def run(z):
            return act.forward(z) + 1
        h = run(Z1)
        h = run(2 * Z1)
        d = act.backward(A1)
    """,
    "from sample to sample": """
        act, dW = Act(), np.zeros(W1.shape)
        act = Act()
        for i in range(N):
            h = act.forward(W1 @ X[i] + b1)
            dW += np.outer(act.backward(h), X[i])
    """,
}


@pytest.mark.parametrize(("kind", "use"), list(itertools.product(ACTIVATIONS, USES)))
def test_objects_give_what_python_gives(kind: str, use: str, numbers: dict[str, Any]) -> None:
    """Every array that is read has the value that running the code gives it, and so have attributes; most are read."""
    text = LINEAR + dedent(ACTIVATIONS[kind]) + dedent(USES[use])
    run: dict[str, Any] = {label: np.array(value) for label, value in numbers.items()}
    run |= {"np": np, "softmax": softmax, "N": LIMITS.sizes["N"]}
    exec(text, run)  # noqa: S102 (code of this file)
    cells = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})
    read = {label: cell.part.expression for label, cell in cells.items() if cell.part is not None and "#" not in label}

    assert read
    assert list(cells.values())[-1].part is not None
    for label, expression in read.items():
        np.testing.assert_allclose(point(expression), eval(label, run), rtol=1e-12, atol=1e-12, err_msg=label)  # noqa: S307


def test_an_attribute_of_an_object_is_an_answer() -> None:
    """Where its name says of what."""
    text = "class Net:\n    def backward(self, d):\n        self.dW2 = d.T @ A1\nnet = Net()\nnet.backward(Z2)"
    asked = Asked("dW2", "W2", ("W1", "W2"), shape=SYMBOLS["W2"].shape)

    found = read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, asked).expression

    assert found is SYMBOLS["Z2"].T @ SYMBOLS["A1"]


def used(lines: str, head: str = "class A:") -> str:
    """A class with these lines in it, of which an object is used."""
    return f"{head}\n{lines}\na = A()\ndW2 = a.f(Z2)\n"


REFUSED = {
    "another class": (used("    def f(self, x): return x", "class A(Layer):"), "another class"),
    "a decorator": (used("    @property\n    def f(self): return 1"), "named operands"),
    "an attribute of the class": (used("    rate = 2\n    def f(self, x): return x"), "named operands"),
    "any operands": (used("    def f(self, *x): return x[0]"), "named operands"),
    "no such method": (used("    def g(self, x): return x"), "no f"),
    "no such attribute": (used("    def f(self, x): return self.b"), "not part of a formula"),
    "more operands": (used("    def f(self, x, y): return x"), "takes 2 operands"),
    "itself": (used("    def f(self, x): return self.f(x)"), "calls itself"),
    "a return on a condition": (
        used("    def f(self, x):\n        if x.sum() > 0:\n            return x\n        return 2 * x"),
        ".",
    ),
    "a return in a loop": (
        used("    def f(self, x):\n        for i in range(3):\n            return x"),
        "condition or loop",
    ),
    "nothing": (used("    def f(self, x): self.x = x"), "."),
    "too many calls": (used("    def f(self, x): return x") + "dW2 = a.f(dW2)\n" * 300, "calls"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_goes_further_is_refused(name: str) -> None:
    """With a message that says why."""
    text, message = REFUSED[name]

    with pytest.raises(FormulaError, match=message):
        read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, Asked("dW2", "W2", ("W2",)))
