"""Printed NumPy, run by NumPy, gives the numbers that the compiled program gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainruler.engine import Expression, compiled, kernels, label_of, size, variable, variables
from chainruler.notation import to_numpy
from tests.notation.expressions import expressions
from tests.notation.test_round_trip import CHECKS

LARGE = 5
"""How large N is here."""


def logsumexp(x: np.ndarray, axis: int = -1, *, keepdims: bool = False) -> Any:
    """The log of the sum of exp."""
    top = np.max(x, axis=axis, keepdims=True)
    whole = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return whole if keepdims else np.squeeze(whole, axis)


def softmax(x: np.ndarray, axis: int = -1) -> Any:
    """The exp over its sum."""
    return np.exp(x - logsumexp(x, axis, keepdims=True))


def select(x: np.ndarray, index: np.ndarray) -> Any:
    """The entry of each row that an index picks."""
    return np.take_along_axis(x, index[..., None], -1)[..., 0]


def scatter(slices: np.ndarray, index: np.ndarray, axis: int, height: int, index_axes: int) -> Any:
    """Zeros with slices added at their indices, along the first axis."""
    assert (axis, index_axes) == (-slices.ndim, 1)
    result = np.zeros((height, *slices.shape[1:]))
    np.add.at(result, index, slices)
    return result


def diagonal(x: np.ndarray) -> Any:
    """A square matrix for each vector."""
    return x[..., None] * np.eye(x.shape[-1])


HELPERS: dict[str, object] = {
    "softmax": softmax,
    "logsumexp": logsumexp,
    "select": select,
    "scatter": scatter,
    "diagonal": diagonal,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "relu": lambda x: np.maximum(x, 0),
    "onehot": lambda y, classes: 1.0 * (np.arange(classes) == np.asarray(y)[..., None]),
    "erf": lambda x: kernels.erf(np.asarray(x, float)),
}


def values(expression: Expression, seed: int) -> dict[str, Any]:
    """Random numbers for the variables of an expression."""
    chance = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for v in variables([expression]):
        shape = tuple(LARGE if dim == "N" else int(dim) for dim in v.shape)
        found[label_of(v)] = chance.integers(0, 2, shape) if v.kind == "index" else chance.uniform(0.3, 1.5, shape)
    return found


def run_by_numpy(text: str, given: dict[str, Any]) -> Any:
    """What NumPy makes of the text; our own printer's, so that eval is safe."""
    names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    with np.errstate(all="ignore"):
        return eval(text, {"__builtins__": {}, **names, **HELPERS, "N": LARGE, **given})  # noqa: S307


@given(expressions(), st.integers(0, 1000))
@CHECKS
def test_runs_to_the_same_numbers(expression: Expression, seed: int) -> None:
    """The text computes what the program computes, wherever that is finite and no step of it overflows."""
    given = values(expression, seed)
    carrier = variable("carrier", ("N",))
    (expected,) = compiled([expression], [*variables([expression]), carrier])({**given, "carrier": np.zeros(LARGE)})
    assume(np.all(np.isfinite(expected)) and np.max(np.abs(expected), initial=0) < 1e12)

    found = np.asarray(run_by_numpy(to_numpy(expression), given), float)

    assume(np.all(np.isfinite(found)))
    assert found.shape == expected.shape, to_numpy(expression)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * (1 + np.max(np.abs(expected), initial=0)))


@pytest.mark.parametrize("text", ["1 - (x > 0)", "1.0 * (x > 0) + (x > 1)", "-1.0 * (x > 0)", "(1.0 * (x > 0)) @ x"])
def test_gates_are_numbers(text: str) -> None:
    """Where NumPy would add or negate booleans, the text makes numbers of them."""
    x = np.array([-1.0, 0.5, 2.0])
    above, far = (x > 0).astype(float), (x > 1).astype(float)
    expected = {"1 - (x > 0)": 1 - above, "1.0 * (x > 0) + (x > 1)": above + far, "-1.0 * (x > 0)": -above}
    v = variable("x", (3,))
    expression = {
        "1 - (x > 0)": 1 - (v > 0),
        "1.0 * (x > 0) + (x > 1)": (v > 0) + (v > 1),
        "-1.0 * (x > 0)": -(v > 0),
        "(1.0 * (x > 0)) @ x": (v > 0) @ v,
    }[text]

    assert to_numpy(expression) == text
    np.testing.assert_array_equal(run_by_numpy(text, {"x": x}), expected.get(text, above @ x))


def test_sizes_are_numbers() -> None:
    """N stands for the number of rows."""
    assert run_by_numpy(to_numpy(size(["N"]) ** -2), {}) == pytest.approx(1 / LARGE**2)
