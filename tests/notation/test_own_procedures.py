"""Attributes of arrays, `W1.g`, and functions that set them: what is read is what NumPy gives that runs the code."""

from __future__ import annotations

import random
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation
from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from chainruler.notation.code_reader import read_code
from tests.grading.problems import report
from tests.grading.test_numbering import SIZES, problem
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, numbers, softmax

__all__ = ["numbers"]  # a fixture


class Kept(np.ndarray):
    """An array that takes attributes, as those of PyTorch do."""


def linear(rng: random.Random) -> tuple[str, str]:
    """A function that sets the gradients of a linear layer, and how it is called for i, o, w and b."""
    names = rng.sample(["inp", "out", "w", "b", "x", "g", "a", "l1", "scores", "W1", "h"], 4)
    i, o, w, b = names
    order = rng.sample(range(4), 4)
    lines = [f"{i}.g = {o}.g @ {w}", f"{w}.g = {o}.g.T @ {i}", f"{b}.g = {o}.g.sum(0)"]
    local = rng.choice([[], ["d = 2 * " + f"{o}.g", f"{b}.g = (d - {o}.g).sum(0)"], [f"{w}.g += 0.5 * {w}"]])
    lines = [*rng.sample(lines, 3), *local, *rng.choice([[], ["return"], ["pass"]])]
    given = ["{i}", "{o}", "{w}", "{b}"]
    call = f"lin_grad({', '.join(given[place] for place in order)})"
    if rng.random() < 0.3:
        call = f"lin_grad({', '.join(f'{names[place]}={given[place]}' for place in order)})"
    head = f"def lin_grad({', '.join(names[place] for place in order)}):"
    return "\n    ".join([head, *lines]), call


def program(seed: int) -> str:
    """A backward pass of two layers that keeps every gradient at its array."""
    rng = random.Random(seed)  # noqa: S311 (cases of a test)
    function, call = linear(rng)
    one, act, two = rng.choice([("l1", "l2", "out"), ("z", "h", "s"), ("inp", "w", "x"), ("b", "o", "i")])
    gate = rng.choice(["({z} > 0) * {h}.g", "{h}.g * (1.0 * ({z} > 0))"])
    relu, of_relu = gate.format(z=one, h=act), gate.format(z="z", h="h")
    how = rng.choice(["in line", "function", "other name"])
    lines = [f"{one} = X @ W1.T + b1", f"{act} = np.maximum({one}, 0)", f"{two} = {act} @ W2.T + b2"]
    lines += [f"{two}.g = (softmax({two}) - Y) / N"]
    back = [call.format(i=act, o=two, w="W2", b="b2")]
    if how == "in line":
        back += [f"{one}.g = {relu}"]
    elif how == "other name":
        back += [f"same = {one}", f"same.g = {relu}"]
    else:
        function += f"\ndef relu_grad(z, h):\n    z.g = {of_relu}"
        back += [f"relu_grad({one}, {act})"]
    back += [call.format(i="X", o=one, w="W1", b="b1")]
    if rng.random() < 0.3:  # all of it in one more function, which calls the others
        function += f"\ndef back({one}, {act}, {two}):\n    " + "\n    ".join(back)
        back = [f"back({one}, {act}, {two})"]
    after = rng.choice([[], ["W1.g += 0.1 * W1"], ["W1.g = W1.g + 0.1 * W1", "b2.g *= 2"], ["v = W1", "v.g -= W1"]])
    return "\n".join([function, *lines, *back, *after, f"dh = {act}.g", f"dz = {one}.g"]) + "\n"


def run(text: str, numbers: dict[str, Any]) -> dict[str, Any]:
    """The names of some code after Python has run it, with arrays that take attributes."""
    names: dict[str, Any] = {label: np.array(value).view(Kept) for label, value in numbers.items()}
    names |= {"np": np, "softmax": softmax, "N": LIMITS.sizes["N"]}
    exec(text, names)  # noqa: S102 (code of this file)
    return names


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("seed", range(60))
def test_gradients_kept_at_arrays_are_what_python_gives(seed: int, numbers: dict[str, Any]) -> None:
    """Whatever the operands are called, in whatever order, also where a function calls the others."""
    text = program(seed)
    names = run(text, numbers)
    cells = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})

    assert {"W1.g", "b1.g", "W2.g", "b2.g", "dh", "dz"} <= {n for n, cell in cells.items() if cell.part is not None}
    for label, cell in cells.items():
        if cell.part is not None:
            wanted = eval(label, names)  # noqa: S307 (names of the code above)
            np.testing.assert_allclose(point(cell.part.expression), wanted, atol=1e-12, err_msg=f"{label} of\n{text}")


LAYERS = """
class Relu:
    def __call__(self, inp):
        self.inp = inp
        self.out = np.maximum(inp, 0)
        return self.out
    def backward(self):
        self.inp.g = (self.inp > 0) * self.out.g
class Lin:
    def __init__(self, w, b):
        self.w, self.b = w, b
    def __call__(self, inp):
        self.inp = inp
        self.out = inp @ self.w.T + self.b
        return self.out
    def backward(self):
        self.inp.g = self.out.g @ self.w
        self.w.g = self.out.g.T @ self.inp
        self.b.g = self.out.g.sum(0)
one = Lin(W1, b1)
act = Relu()
two = Lin(W2, b2)
s = two(act(one(X)))
s.g = (softmax(s) - Y) / N
two.backward()
act.backward()
one.backward()
"""


def test_layers_keep_gradients_at_what_they_were_given(numbers: dict[str, Any]) -> None:
    """An array that an object keeps is the array itself, whose attributes are those of every name of it."""
    names, point = run(LAYERS, numbers), Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})

    for label in ("W1", "b1", "W2", "b2"):
        asked = Asked(f"d{label}", label, ("W1", "b1", "W2", "b2"), shape=SYMBOLS[label].shape)
        found = read_answer(LAYERS, "numpy", SYMBOLS, LIMITS, CONVENTIONS, asked).expression
        np.testing.assert_allclose(point(found), names[label].g, atol=1e-12)


HEAD = "def f(a, b):\n    a.g = b.g * 2\n"
UNREAD = {
    "not set, though another array has it": HEAD + "Z1.g = A1\nZ2.g = Z2\nb = Z2\nf(A1, Z1)\nf(X, W1)\ndW2 = X.g",
    "set under a condition": "if W1.sum() > 0:\n    Z1.g = A1\nu = Z1\ndW2 = u.g",
    "set for each sample": "for i in range(N):\n    Z1.g = A1\n    Z1.g = X[i]\nu = Z1\ndW2 = u.g",
    "calls itself": "def f(a):\n    a.g = A1\n    f(a)\nf(Z1)\ndW2 = Z1.g.T @ X",
    "too few operands": HEAD + "f(Z1)\ndW2 = Z1.g",
    "a return on a condition": "def f(a):\n    a.g = A1\n    if a.sum() > 0:\n        return\n    a.g = Z1\nf(Z1)",
    "what cannot be read": HEAD + "b1.g = np.unknown(b1)\nf(W1, b1)\ndW2 = W1.g",
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_followed_is_refused(name: str) -> None:
    """No attribute of another array, nor one of another time, is taken for it."""
    with pytest.raises(FormulaError):
        read_answer(UNREAD[name], "numpy", SYMBOLS, LIMITS, CONVENTIONS, Asked("dW2", "W2", ("W2",)))


GRADED = dedent("""
    def lin_grad(inp, out, w, b):
        inp.g = out.g @ w
        w.g = out.g.t() @ inp
        b.g = out.g.sum(0)
    out.g = (A2 - y) * A2 * (1 - A2) / N
    lin_grad(hidden, out, W2, b2)
""")
ENDS = {"A1": "hidden.g", "W2": "W2.g", "b2": "b2.g", "Z1": "z1.g = hidden.g * hidden * (1 - hidden)"}


@pytest.mark.parametrize("answer", ENDS)
def test_an_attribute_is_an_answer(answer: str) -> None:
    """By the name of its array, whether the problem's or a course's; a wrong one is wrong."""
    right, wrong = GRADED + ENDS[answer], GRADED.replace("/ N", "* 2 / N") + ENDS[answer]
    found = [
        report(problem(SIZES["different"]), {answer: {"formula": text}})["results"][0]["verdict"]
        for text in (right, wrong)
    ]

    assert found == ["correct", "wrong"]
