"""The comparator: each trap that a naive one falls into, shown to be one, and passed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from chainruler.grading.comparing import FLOAT32, FLOAT64, Tolerance, agrees, distance, first_off, misshape

Array = NDArray[np.float64]
column, row, flat = np.ones((3, 1)), np.ones((1, 3)), np.ones(3)
right = np.array([[0.3, -1.2], [0.0, 2.5]])


def cs224n(s: Array, g: Array) -> bool:
    """max(1, …) in the denominator, as a word2vec homework has it."""
    return bool((np.abs(s - g) / np.maximum(1, np.abs(s) + np.abs(g)) < 1e-5).all())


def cs231n(s: Array, g: Array) -> bool:
    """Relative to each entry alone, as a two-layer net homework has it."""
    return bool((np.abs(s - g) / np.maximum(1e-8, np.abs(s) + np.abs(g))).max() < 1e-5)


def norms(s: Array, g: Array) -> bool:
    """The norm alone, as some servers check."""
    return bool(np.isclose(np.linalg.norm(s), np.linalg.norm(g)))


WRONG: dict[str, tuple[Callable[[Array, Array], bool], Array, Array]] = {
    "a row for a vector": (np.allclose, flat, row),
    "a column for a vector": (np.allclose, flat, column),
    "a number for an array": (np.allclose, np.array(1.0), flat),
    "the wrong sign of a small gradient": (np.allclose, np.full(3, -1e-9), np.full(3, 1e-9)),
    "a missing penalty under atol": (
        lambda s, g: bool(np.allclose(s, g, rtol=1e-4, atol=1e-4)),
        np.array([0.5, 0.2]),
        np.array([0.50005, 0.20005]),
    ),
    "a small gradient beside max(1, …)": (cs224n, np.full(3, -2e-6), np.full(3, 2e-6)),
    "a sign in the norm": (norms, -right, right),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_naive_comparison_takes_it_and_this_one_does_not(name: str) -> None:
    """What is wrong, and passes elsewhere, is not right here."""
    naive, answer, truth = WRONG[name]

    assert naive(answer, truth)
    assert not agrees(answer, truth, FLOAT64)


def test_noise_at_a_true_zero_is_no_error() -> None:
    """A difference quotient is off by 2e-11 where the gradient is 0: a relative check alone fails it."""
    noisy = right + np.array([[0.0, 0.0], [2e-11, 0.0]])

    assert not cs231n(noisy, right)
    assert agrees(noisy, right, FLOAT64)


def test_what_float32_computes_is_right_in_float32_only() -> None:
    """The same numbers, rounded on the way as float32 does it."""
    random = np.random.default_rng(0)
    a, b = random.normal(size=(40, 300)), random.normal(size=(300, 50))
    single = (a.astype(np.float32) @ b.astype(np.float32)).astype(np.float64)

    assert agrees(single, a @ b, FLOAT32)
    assert not agrees(single, a @ b, FLOAT64)


numbers = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(arrays(np.float64, array_shapes(max_dims=2, max_side=4), elements=numbers), st.integers(0, 99))
def test_an_array_is_itself_in_any_scale(array: Array, seed: int) -> None:
    """Units do not matter: what is right stays right when everything is multiplied, and so does what is wrong."""
    bent = array.copy()
    place = np.unravel_index(seed % array.size, array.shape)
    bent[place] += 1e-3 * (np.abs(array).max() or 1.0)
    for scale in (1e-12, 1.0, 1e12):
        assert agrees(array * scale, array * scale, FLOAT64)
        assert not agrees(bent * scale, array * scale, FLOAT64)
    assert first_off(bent, array, FLOAT64, np.zeros(())) == list(map(int, place))


def test_zeros_are_measured_against_the_other_gradients() -> None:
    """A gradient that is 0 everywhere may be off by rounding, as large as the others make it."""
    zeros = np.zeros(3)

    assert agrees(zeros + 1e-16, zeros, FLOAT64, scale=1.0)
    assert not agrees(zeros + 1e-9, zeros, FLOAT64, scale=1.0)


@pytest.mark.parametrize(
    ("shape", "wanted", "kind"),
    [
        ((2, 3), (2, 3), None),
        ((3, 2), (2, 3), "transposed"),
        ((3, 1), (3,), "padded"),
        ((1, 3), (3,), "padded"),
        ((3,), (1, 3), "padded"),
        ((), (1,), "padded"),
        ((4,), (3,), "other"),
        ((6,), (2, 3), "other"),
    ],
)
def test_a_wrong_shape_is_named(shape: tuple[int, ...], wanted: tuple[int, ...], kind: str | None) -> None:
    """Exchanged axes and vectors written as matrices are told apart from everything else."""
    assert misshape(np.zeros(shape), np.zeros(wanted)) == kind


def test_typed_decimals_are_right_to_half_a_unit() -> None:
    """0.08 stands for everything that rounds to it, and for nothing else."""
    units = Tolerance(units=np.array([0.01]))

    assert agrees(np.array([0.08]), np.array([0.0849]), units)
    assert agrees(np.array([0.08]), np.array([0.075]), units)
    assert not agrees(np.array([0.08]), np.array([0.0851]), units)


def test_what_is_not_finite_is_never_right() -> None:
    """Neither NaN nor infinity is equal to anything."""
    for number in (np.nan, np.inf):
        assert not agrees(np.array([number]), np.array([1.0]), FLOAT64)
        assert distance(np.array([number]), np.array([1.0])) == np.inf
