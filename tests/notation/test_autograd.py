"""Code that differentiates its own loss: what is read is what another engine of automatic differentiation gives."""

from __future__ import annotations

from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from chainruler.engine import Evaluation
from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, N, numbers

__all__ = ["numbers"]  # a fixture

PARAMETERS = ("W1", "b1", "W2", "b2")


def _log_softmax(x: Any) -> Any:
    return x - anp.log(anp.sum(anp.exp(x), axis=-1, keepdims=True))


def _reduced(entries: Any, reduction: str) -> Any:
    return {"mean": anp.mean, "sum": anp.sum}[reduction](entries)


F = SimpleNamespace(
    linear=lambda x, w, b: anp.dot(x, w.T) + b,
    mse_loss=lambda x, y, reduction="mean": _reduced((x - y) ** 2, reduction),
    cross_entropy=lambda x, y, reduction="mean": _reduced(-_log_softmax(x)[anp.arange(N), y], reduction),
    nll_loss=lambda x, y, reduction="mean": _reduced(-x[anp.arange(N), y], reduction),
    binary_cross_entropy_with_logits=lambda x, y: anp.mean(anp.log(1 + anp.exp(x)) - y * x),
    log_softmax=lambda x, dim: _log_softmax(x),
    relu=lambda x: anp.maximum(x, 0),
)
"""As much of torch.nn.functional as the texts need, by its documentation."""
RUN = {"F": F, "torch": anp, "jnp": anp, "np": anp, "N": N}
FORWARD = {
    "layers": "pred = F.linear(torch.tanh(F.linear(X, W1, b1)), W2, b2)",
    "products": "h = F.relu(X @ W1.T + b1)\npred = h @ W2.T + b2",
}
LOSSES = [
    "loss = F.mse_loss(pred, Y)",
    "loss = F.mse_loss(pred, Y, reduction='sum') / N",
    "loss = ((pred - Y) ** 2).sum(axis=1).mean()",
    "loss = F.cross_entropy(pred, y) + 0.5 * lam * ((W1 ** 2).sum() + (W2 ** 2).sum())",
    "loss = F.cross_entropy(pred, y, reduction='sum')",
    "loss = F.nll_loss(F.log_softmax(pred, dim=1), y)",
    "loss = F.binary_cross_entropy_with_logits(pred, Y)",
]
ASKED = {
    "grad": "loss.backward()\nd{0} = {0}.grad",
    "grad of a leaf": "loss.backward()\n{0}.grad",
    "two passes": "(loss / 4).backward(retain_graph=True)\n(0.75 * loss).backward()\n{0}.grad.clone()",
    "a pass set to zero": "(7 * loss).backward()\noptimizer.zero_grad()\nloss.backward()\n{0}.grad",
    "the first of several": "g = torch.autograd.grad(loss, {0})[0]",
    "one name in a tuple": "d{0}, = torch.autograd.grad(loss, {0}, create_graph=True)",
    "two at once": "_, d{0} = torch.autograd.grad(loss, [X, {0}])",
    "several under a name": "found = torch.autograd.grad(loss, (X, {0}))\nfirst, d{0} = found",
    "an entry of a name": "found = torch.autograd.grad(loss, inputs=(X, {0}))\nd{0} = found[1]",
}


def slope(text: str, by: str, numbers: dict[str, Any]) -> Any:
    """The derivative of the loss that code computes, by the other engine."""

    def loss(value: Any) -> Any:
        names = {**RUN, **numbers, by: value}
        exec(dedent(text), names)  # noqa: S102 (code of this file)
        return names["loss"]

    return grad(loss)(numbers[by])


def read(text: str, by: str, numbers: dict[str, Any]) -> Any:
    """The answer that is read in code."""
    asked = Asked(f"d{by}", by, PARAMETERS, shape=SYMBOLS[by].shape)
    found = read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, asked).expression
    return Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})(found)


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("way", FORWARD)
def test_the_derivative_of_ones_own_loss(way: str, loss: str, numbers: dict[str, Any]) -> None:
    """By each parameter, in every way to ask for it."""
    text = f"{FORWARD[way]}\n{loss}"
    for by in PARAMETERS:
        right = slope(text, by, numbers)
        for ask, lines in ASKED.items():
            found = read(f"{text}\n{lines.format(by)}", by, numbers)
            np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12, err_msg=f"{ask} by {by}")


LEAVES = [
    "W1.requires_grad_()",
    "W1.requires_grad_(True)",
    "W1 = W1.clone().detach().requires_grad_(True)",
    "W1 = torch.tensor(W1, requires_grad=True)",
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_is_an_array_that_is_made_one(leaf: str, numbers: dict[str, Any]) -> None:
    """However it is made, the derivative is by it."""
    text = f"{FORWARD['layers']}\n{LOSSES[3]}"

    found = read(f"{leaf}\n{text}\nloss.backward()\ndW1 = W1.grad", "W1", numbers)

    np.testing.assert_allclose(found, slope(text, "W1", numbers), rtol=1e-9, atol=1e-12)


JAX = {
    "the first operand": "dW1 = jax.grad(J)(W1, b1)",
    "an operand by its number": "dW1 = jax.grad(J, argnums=0)(W1, b1)",
    "two": "dW1, db1 = jax.grad(J, argnums=(0, 1))(W1, b1)",
    "under a name": "dJ = jax.jit(jax.grad(J, (1, 0)))\ndb1, dW1 = dJ(W1, b1)",
    "with the value": "value, dW1 = jax.value_and_grad(J)(W1, b1)",
    "with the value of two": "value, (dW1, db1) = jax.value_and_grad(J, argnums=(0, 1))(W1, b1)",
    "imported by itself": "from jax import grad\ndW1 = grad(J)(W1, b1)",
    "a lambda": "dW1 = jax.grad(lambda w: J(w, b1))(W1)",
}
OBJECTIVE = """
def J(w, b):
    h = jnp.tanh(X @ w.T + b)
    return 0.5 * jnp.mean((h @ W2.T + b2 - Y) ** 2) + lam * jnp.sum(w ** 2)
"""


@pytest.mark.parametrize("way", JAX)
def test_the_derivative_of_ones_own_function(way: str, numbers: dict[str, Any]) -> None:
    """By its operands, as jax.grad gives it."""
    right = slope(f"{OBJECTIVE}\nloss = J(W1, b1)", "W1", numbers)

    found = read(f"{OBJECTIVE}\n{JAX[way]}", "W1", numbers)

    np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)


def test_only_the_operand_is_differentiated_by(numbers: dict[str, Any]) -> None:
    """An array that a function uses besides is a constant, even if the operand is given the same array."""
    text = "def J(w):\n    return jnp.sum(X @ w.T) + jnp.sum(W1 ** 2)\ndW1 = jax.grad(J)(W1)"

    np.testing.assert_allclose(read(text, "W1", numbers), np.tile(numbers["X"].sum(0), (W_ROWS, 1)), rtol=1e-12)


W_ROWS = 5
CONSTANTS = {
    "detach": "s = (W1 ** 2).detach()",
    "data": "t = W1 ** 2\ns = t.data",
    "item": "s = (W1.sum() ** 2).item()",
    "no_grad": "with torch.no_grad():\n    s = W1 ** 2",
}


@pytest.mark.parametrize("way", CONSTANTS)
def test_no_derivative_goes_through_constants(way: str, numbers: dict[str, Any]) -> None:
    """What is detached, or computed without gradients, is a number."""
    found = read(f"{CONSTANTS[way]}\nloss = (s * W1).sum()\nloss.backward()\nW1.grad", "W1", numbers)

    w = numbers["W1"]
    np.testing.assert_allclose(found, np.broadcast_to(w.sum() ** 2 if way == "item" else w**2, w.shape), rtol=1e-12)


def test_a_derivative_by_an_array_on_the_way(numbers: dict[str, Any]) -> None:
    """Also by one that the code computed itself."""
    text = "z = X @ W1.T + b1\nz.retain_grad()\nloss = (z ** 3).mean() + (W1 ** 2).sum()\nloss.backward()\nz.grad"
    asked = Asked("dZ1", "Z1", ("Z1",), shape=("N", 5))
    found = read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, asked).expression

    value = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})(found)
    z = numbers["X"] @ numbers["W1"].T + numbers["b1"]
    np.testing.assert_allclose(value, 3 * z**2 / z.size, rtol=1e-12)


REFUSED = {
    "no number": ("dW1 = torch.autograd.grad(X @ W1.T, W1)[0]", "A number is differentiated"),
    "another array": ("dW1 = torch.autograd.grad((X @ W2).sum(), W1)[0]", "."),
    "what was changed since": (
        "W1 = W1 * 2\nL1 = (W1 ** 2).sum()\nW1 *= 2\ndW1 = torch.autograd.grad(L1, W1)[0]",
        "changed since",
    ),
    "several things": ("dW1 = torch.autograd.grad((W1 ** 2).sum() + b1.sum(), [W1, b1]) * 2", "several"),
    "a loop": ("for i in range(N):\n    (X[i] @ W1.T).sum().backward()\nW1.grad", "outside of loops"),
    "zeros": ("(W1 ** 2).sum().backward()\nopt.zero_grad()\nW1.grad", "zero_grad"),
    "a derivative of a derivative": (
        "g = torch.autograd.grad((W1 ** 3).sum(), W1)[0]\ndW1 = torch.autograd.grad(g.sum(), W1)[0]",
        "second derivatives",
    ),
    "too much": (
        "L1 = (torch.tanh(W1) ** 2).sum()\n" + "L1 = L1 + torch.exp(L1)\nL1.backward()\n" * 200 + "W1.grad",
        "much",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_differentiated_is_refused(name: str) -> None:
    """With a message that says why."""
    text, message = REFUSED[name]
    asked = Asked("dW1", "W1", PARAMETERS, shape=SYMBOLS["W1"].shape)

    with pytest.raises(FormulaError, match=message):
        read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, asked)
