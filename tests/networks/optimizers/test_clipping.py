"""Clipping by global norm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainruler.networks.optimizers import Optimizer
from chainruler.networks.optimizers.clipping import clipping_factor, global_norm

PLAIN = Optimizer.read({"type": "sgd", "learning_rate": 1.0})


@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), min_size=1, max_size=4))
def test_the_norm_is_over_all_arrays(lists: list[list[float]]) -> None:
    """The global norm is that of all entries of all arrays in one row."""
    expected = math.sqrt(math.fsum(x * x for row in lists for x in row))

    assert global_norm([np.array(row) for row in lists]) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("dtype", "huge", "rel"), [("float64", 1e200, 1e-14), ("float32", 1e30, 1e-6)])
def test_squares_do_not_overflow(dtype: str, huge: float, rel: float) -> None:
    """The norm is right where the squares of its entries are beyond the dtype: a zero gradient would be the result."""
    arrays = [np.array([3 * huge, 0], dtype), np.array([[4 * huge]], dtype)]

    assert global_norm(arrays) == pytest.approx(5 * huge, rel=rel)


def test_a_long_gradient_is_shortened_and_keeps_its_direction() -> None:
    """A gradient of norm 5 is clipped to norm 2: ‖(3, 4)‖ = 5, over two parameters."""
    optimizer = Optimizer.read({"type": "sgd", "learning_rate": 1, "clip_norm": 2})
    parameters = {"a": np.zeros(1), "b": np.zeros((1, 1))}
    moved, _ = optimizer.step(parameters, {"a": np.array([3.0]), "b": np.array([[4.0]])}, {"step": 0})

    assert moved["a"].tolist() == [pytest.approx(-1.2, rel=1e-15)]
    assert moved["b"].tolist() == [[pytest.approx(-1.6, rel=1e-15)]]


def test_a_short_gradient_is_left_alone() -> None:
    """A gradient within the bound gives the bits of a step without one."""
    optimizer = Optimizer.read({"type": "sgd", "learning_rate": 1, "clip_norm": 5})
    gradients = {"a": np.array([3.0, 4.0])}

    assert clipping_factor(list(gradients.values()), 5) == 1
    assert np.array_equal(
        optimizer.step({"a": np.ones(2)}, gradients, {"step": 0})[0]["a"],
        PLAIN.step({"a": np.ones(2)}, gradients, {"step": 0})[0]["a"],
    )


def test_the_gradient_is_clipped_before_weight_decay_is_added() -> None:
    """θ ← θ − η (g · clip/‖g‖ + λθ), as when PyTorch's clip_grad_norm_ is called before the step."""
    settings = {"learning_rate": 0.5, "clip_norm": 1, "weight_decay": 0.1}
    moved, _ = Optimizer.read({"type": "sgd", **settings}).step(
        {"a": np.array([10.0])}, {"a": np.array([8.0])}, {"step": 0}
    )

    assert moved["a"].tolist() == [pytest.approx(10 - 0.5 * (1 + 1), rel=1e-15)]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_stays_visible(bad: float) -> None:
    """Clipping does not turn an infinite gradient into a step that looks right."""
    optimizer = Optimizer.read({"type": "sgd", "learning_rate": 1, "clip_norm": 2})
    moved, _ = optimizer.step({"a": np.zeros(2)}, {"a": np.array([1.0, bad])}, {"step": 0})

    assert not np.isfinite(moved["a"]).all()


def test_no_parameters_have_no_norm() -> None:
    """A network without parameters can take a step."""
    assert Optimizer.read({"type": "sgd", "learning_rate": 1, "clip_norm": 2}).step({}, {}, {"step": 4}) == (
        {},
        {"step": 5},
    )
