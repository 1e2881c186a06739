"""Functions that are all of an answer: their operands are read by name, and their return says what the answer is."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import codes, report

draw = np.random.default_rng(1).normal
RIDGE: dict[str, Any] = {
    "model": {"layers": [{"type": "linear", "units": 1}], "layout": "in_out"},
    "loss": {"type": "squared_error", "scale": 0.5},
    "regularization": {"l2": 0.1, "scale": 0.5},
    "parameters": {"W1": draw(size=(4, 1)), "b1": draw(size=1)},
    "data": {"x": draw(size=(6, 4)), "y": draw(size=(6, 1))},
}
HINGE = {
    "model": {"layers": [{"type": "linear", "units": 3}], "layout": "in_out"},
    "loss": {"type": "hinge"},
    "parameters": {"W1": draw(size=(4, 3)), "b1": draw(size=3)},
    "data": {"x": draw(size=(5, 4)), "y": np.array([0, 2, 1, 1, 0])},
}


def graded(problem: dict[str, Any], answer: str, text: str) -> dict[str, Any]:
    """The result of one text."""
    return dict(report(problem, {answer: {"formula": text}})["results"][0])


NAMES = {
    "x": ("x", "X", "inputs", "data"),
    "y": ("y", "Y", "targets", "t"),
    "th": ("th", "theta", "w", "W", "weights"),
    "th0": ("th0", "th_0", "theta_0", "b", "w0", "bias"),
    "lam": ("lam", "reg", "lmbda", "wd", "lam"),
}


def ridge(seed: int, scale: str = "/ n") -> str:
    """The gradient of ridge regression by a function whose operands have names of courses, in any order."""
    rng = random.Random(seed)  # noqa: S311 (cases of a test)
    names = {name: rng.choice(others) for name, others in NAMES.items()}
    operands, helped = rng.sample(list(names.values()), 5), rng.random() < 0.5
    model = "lin_reg({x}, {th}, {th0})" if helped else "np.dot({x}, {th}) + {th0}"
    helper = ["def lin_reg(x, th, th0):", "    return np.dot(x, th) + th0", ""] if helped else []
    lines = ["    n = {x}.shape[0]", f"    error = {model} - {{y}}"]
    last = [f"    return np.dot({{x}}.T, error) {scale} + {{lam}} * {{th}}"]
    if rng.random() < 0.5:
        last = [f"    out = {{x}}.T @ error {scale}", "    out += {lam} * {th}", "    note = 1", "    return out"]
    body = "\n".join([*lines, *last]).format(**names)
    return "\n".join([*helper, f"def ridge_obj_th_grad({', '.join(operands)}):", body])


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("seed", range(40))
def test_operands_are_read_by_the_names_that_courses_use(seed: int) -> None:
    """Whatever comes first or last; a mean that is left out is told."""
    right, wrong = graded(RIDGE, "W1", ridge(seed)), graded(RIDGE, "W1", ridge(seed, "* 1.0"))

    assert right["verdict"] == "correct", right["message"]
    assert (wrong["verdict"], codes(wrong)) == ("wrong", ["missing_mean"])


SVM = """
def svm_loss_backward(scores, y):
    N = scores.shape[0]
    correct = scores[np.arange(N), y]
    margins = np.maximum(0, scores - correct[:, None] + 1.0)
    margins[np.arange(N), y] = 0
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(scores)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    loss = np.sum(margins) / N
    return dx
"""
RETURNED = ("dx", "dX", "d_x", "grad_x", "dW1", "d", "out", "grad", "dscores", "dZ1")


@pytest.mark.parametrize("name", RETURNED)
def test_a_return_says_what_the_answer_is(name: str) -> None:
    """Whatever is returned is the answer, by any name, in the shape of what is asked; a factor is a mistake."""
    right, wrong = SVM.replace("dx", name), SVM.replace("dx", name).replace(f"{name} /= N", f"{name} /= -N")
    found = graded(HINGE, "Z1", right), graded(HINGE, "Z1", wrong)

    assert [one["verdict"] for one in found] == ["correct", "wrong"], found
    assert codes(found[1]) == ["wrong_sign"]


OTHERS = {
    "several are returned": SVM.replace("return dx", "return dx, loss"),
    "another one is returned": SVM.replace("return dx", "dX = dx @ W1.T\n    return dX"),
    "it is no function alone": SVM.replace("def svm_loss_backward(scores, y):", "if True:").replace(
        "return dx", "pass"
    ),
    "its name is another one's, and nothing explains it": SVM.replace("dx /= N", "dx = dx * dx / 3"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_named_after_another_answer_is_not_graded(name: str) -> None:
    """Where no return of one thing says what is meant, dx is the gradient by x."""
    assert graded(HINGE, "Z1", OTHERS[name])["verdict"] == "not_gradable"
