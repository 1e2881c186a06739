"""Systems of named lines, and their differentiation."""

from typing import Any

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, System, backpropagate, compiled, gradient, label_of, substitute, variable

X, y = variable("X", ("N", 4)), variable("y", ("N",), "index")
W1, b1, W2, b2 = variable("W1", (5, 4)), variable("b1", (5,)), variable("W2", (3, 5)), variable("b2", (3,))
Z1, A1, Z2 = variable("Z1", ("N", 5)), variable("A1", ("N", 5)), variable("Z2", ("N", 3))
G, P, R = variable("G", ("N", 5)), variable("P", ("N", 3)), variable("R")
lam = variable("lam")
PARAMETERS = [W1, b1, W2, b2]
LINEAR = {"Z1": X @ W1.T + b1}
HEAD = {"Z2": A1 @ W2.T + b2}

SYSTEMS: dict[str, System] = {
    "relu net": System({**LINEAR, "A1": e.relu(Z1), **HEAD, "J": e.mean(e.logsumexp(Z2) - e.select(Z2, y))}),
    "tanh net": System({**LINEAR, "A1": e.tanh(Z1), **HEAD, "J": e.norm2(Z2) / e.size(["N"])}),
    "named softmax": System(
        {
            **LINEAR,
            "A1": e.sigmoid(Z1),
            **HEAD,
            "P": e.softmax(Z2),
            "J": -e.mean(e.sum_of(e.onehot(y, 3) * e.log(P), -1)),
        }
    ),
    "picked softmax, used twice": System(
        {
            **LINEAR,
            "A1": e.sigmoid(Z1),
            **HEAD,
            "P": e.softmax(Z2),
            "R": e.sum_of(P**2) * e.mean(A1),
            "J": R - e.mean(e.log(e.select(P, y))),
        }
    ),
    "logarithms of a sigmoid, used twice": System(
        {
            **LINEAR,
            "A1": e.sigmoid(Z1),
            **HEAD,
            "J": e.mean(Z2**2) - e.mean(A1 * e.log(A1) + (1 - A1) * e.log(1 - A1)),
        }
    ),
    "penalty line": System(
        {**LINEAR, "A1": e.relu(Z1), **HEAD, "R": lam * (e.norm2(W1) + e.norm2(W2)), "J": e.mean(Z2**3) + R}
    ),
    "skip and named gate": System(
        {**LINEAR, "G": Z1 > 0, "A1": G * Z1 + Z1, **HEAD, "J": e.mean(Z2**2) + e.mean(Z1**2)}
    ),
    "unused line": System({**LINEAR, "A1": e.relu(Z1), "P": e.softmax(Z1 @ W2.T), **HEAD, "J": e.mean(e.sin(Z2))}),
}


def numbers(N: int = 6) -> dict[str, Any]:
    """Data and parameters."""
    rng = np.random.default_rng(5)
    sized = [X, *PARAMETERS]
    values: dict[str, Any] = {label_of(v): rng.normal(size=[N if d == "N" else int(d) for d in v.shape]) for v in sized}
    return values | {"y": rng.integers(3, size=N), "lam": 0.3}


def inner(system: System) -> list[Expression]:
    """The symbols that the loss is made of, as variables."""
    return [system.symbol(name) for name, line in system if name not in {"J", "G"} and line.shape]


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_line_is_the_gradient_by_its_symbol(name: str) -> None:
    """Expanded to the parameters, the line d<name> is the derivative of the loss by that name."""
    system = SYSTEMS[name]
    backward = backpropagate(system, "J", PARAMETERS)
    loss = system.expanded([system.symbol("J")])[0]
    inputs = [X, y, *PARAMETERS, lam]
    results = backward.program([f"d{label_of(p)}" for p in PARAMETERS], inputs)(numbers())
    wanted = compiled(gradient(loss, PARAMETERS), inputs)(numbers())

    for result, truth in zip(results, wanted, strict=True):
        np.testing.assert_allclose(result, truth, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", SYSTEMS)
def test_inner_lines_are_cotangents(name: str) -> None:
    """The line of an inner symbol is the derivative of all that follows by it, as if it were given."""
    system = SYSTEMS[name]
    backward = backpropagate(system, "J", PARAMETERS)
    given = [s for s in inner(system) if f"d{label_of(s)}" in backward.lines]
    assert {"Z1", "Z2"} <= {label_of(s) for s in given}
    for symbol in given:
        names = list(system.lines)
        later = System({n: line for n, line in system if names.index(n) > names.index(label_of(symbol))})
        (loss,) = later.expanded([system.symbol("J")])
        (truth,) = gradient(loss, [symbol])
        (whole,) = system.expanded([truth])
        (line,) = backward.expanded([variable(f"d{label_of(symbol)}", symbol.shape)])
        a, b = compiled([line, whole], [X, y, *PARAMETERS, lam])(numbers())
        (c,) = backward.program([f"d{label_of(symbol)}"], [X, y, *PARAMETERS, lam])(numbers())

        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(c, b, rtol=1e-11, atol=1e-13)


def test_a_derivation_has_the_lines_of_the_textbook() -> None:
    """The backward lines come in backward order, in named symbols, and begin with 1/N (softmax(Z2) - Y)."""
    backward = backpropagate(SYSTEMS["relu net"], "J", PARAMETERS)
    dZ2, dA1, dZ1 = variable("dZ2", ("N", 3)), variable("dA1", ("N", 5)), variable("dZ1", ("N", 5))
    wanted = {
        "dZ2": (e.softmax(Z2) - e.onehot(y, 3)) / e.size(["N"]),
        "dW2": dZ2.T @ A1,
        "db2": e.sum_of(dZ2, 0),
        "dA1": dZ2 @ W2,
        "dZ1": dA1 * (Z1 > 0),
        "dW1": dZ1.T @ X,
        "db1": e.sum_of(dZ1, 0),
    }

    assert list(backward.lines) == ["Z1", "A1", "Z2", "J", *wanted]
    assert {name: backward.lines[name] for name in wanted} == wanted


def test_a_parameter_that_the_loss_has_not_got_has_a_zero_gradient() -> None:
    """Its line is there, and it is zero."""
    spare = variable("spare", (2, 3))
    backward = backpropagate(SYSTEMS["relu net"], "J", [W1, spare])

    assert backward.lines["dspare"] is e.broadcast_to(0, (2, 3))


def test_expanding_gives_free_variables_only() -> None:
    """No defined name is left, and the value is that of the lines one after the other."""
    system = SYSTEMS["relu net"]
    (loss,) = system.expanded([system.symbol("J")])
    inputs = [X, y, *PARAMETERS]

    assert {label_of(v) for v in e.variables([loss])} == {"X", "y", "W1", "b1", "W2", "b2"}
    np.testing.assert_allclose(
        compiled([loss], inputs)(numbers())[0], system.program(["J"], inputs)(numbers())[0], rtol=1e-14
    )
    assert substitute([loss], {})[0] is loss
