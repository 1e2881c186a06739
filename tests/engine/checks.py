"""What is checked of an operation, whatever it computes: it is compared with its reference and with its own laws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from numpy.typing import NDArray

from chainruler.engine import DType, Expression, compiled, label_of, variable
from tests.engine.cases import Case, names

Array = NDArray[Any]
TIGHT = 1e-12


def close(actual: Sequence[Any], wanted: Sequence[Any], rtol: float = TIGHT) -> None:
    """Every array has the shape of the other and its numbers, relative to the largest of them."""
    assert len(actual) == len(wanted)
    for have, want in zip(actual, wanted, strict=True):
        assert np.shape(have) == np.shape(want)
        scale = np.max(np.abs(want), initial=0.0)
        np.testing.assert_allclose(have, want, rtol=rtol, atol=rtol * max(scale, 1.0))


def run(outputs: Sequence[Expression], values: Mapping[str, Any], inputs: Sequence[Expression] = ()) -> Sequence[Any]:
    """The values of expressions; `inputs` tells the sizes that the expressions do not."""
    return compiled(outputs, list(inputs) or None)(values)


def cotangent(case: Case) -> Expression:
    """A variable as large as the value of the case."""
    return variable("g", case.expression.shape)


def numbers_for(x: Expression, values: Mapping[str, Any], like: Any, seed: int = 1) -> dict[str, Any]:
    """The values with random numbers for x, in the shape of an array."""
    return {**values, label_of(x): np.random.default_rng(seed).normal(size=np.shape(like))}


def reference_gradients(case: Case, scalar: Callable[..., Any], values: Mapping[str, Any]) -> list[Array]:
    """Autograd's gradients of a scalar function of the case's operands by its real operands."""
    return list(autograd.grad(scalar, case.real)(*names(values)))


def weighted(case: Case, weights: Array) -> Callable[..., Any]:
    """The reference of a case as a scalar that no symmetry of the case hides a mistake from."""

    def scalar(*arrays: Any) -> Any:
        value = case.reference(*arrays)
        return anp.sum(weights * value) + anp.sum(value * value) / 2

    return scalar


def along(
    values: Mapping[str, Any], tangents: Mapping[str, Any], outputs: Sequence[Expression], inputs: Sequence[Expression]
) -> list[Array]:
    """The directional derivative by a complex step, which has no rounding error of its own."""
    h = 1e-30
    moved = {name: value + 1j * h * tangents[name] if name in tangents else value for name, value in values.items()}
    dtype: DType = "complex128"
    return [np.imag(result) / h for result in compiled(outputs, inputs, dtype)(moved)]
