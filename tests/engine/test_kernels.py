"""The few routines that are more than one NumPy call, against the plainest loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.engine import Primitive, erf, evaluate, unwindow, variable, window
from chainruler.engine.kernels import count, multiply_rows, ones
from tests.support.sampling import examples

small = st.integers(1, 3)


def test_products_of_long_rows() -> None:
    """Rows that are both repeated are multiplied as NumPy does it, in place too, and its buffers stay as they were."""
    rng = np.random.default_rng(0)
    usual, a, b, out = np.getbufsize(), rng.normal(size=(2, 5, 1)), rng.normal(size=(2, 1, 300)), np.empty((2, 5, 300))
    product = multiply_rows(a, b)

    assert multiply_rows(a, b, out) is out
    np.testing.assert_array_equal(product, a * b)
    np.testing.assert_array_equal(out, product)
    assert np.getbufsize() == usual


@pytest.mark.parametrize("shared", [count(3), ones(3, np.dtype(float))], ids=["count", "ones"])
def test_nobody_writes_to_what_programs_share(shared: np.ndarray) -> None:
    """An array that is made once for all programs is read-only."""
    with pytest.raises(ValueError, match="read-only"):
        shared[0] = 7


def test_erf_is_exact_to_1e_15() -> None:
    """On a dense grid, and where the approximations meet, erf is math.erf within 1e-15."""
    grid = np.concatenate(
        [np.linspace(-7, 7, 200_001), *(b + np.linspace(-1e-9, 1e-9, 101) for b in (-0.46875, 0.46875, 4.0))]
    )
    (result,) = evaluate([erf(variable("x", ("N",)))], {"x": grid})

    np.testing.assert_allclose(result, [math.erf(value) for value in grid], rtol=0, atol=1e-15)


def test_erf_of_what_is_special() -> None:
    """Nought keeps its sign, tiny numbers their relative accuracy, and infinity is 1."""
    special = np.array([0.0, -0.0, 1e-300, -1e-300, 1e-8, 30.0, -30.0, np.inf, -np.inf, np.nan])
    (result,) = evaluate([erf(variable("x", ("N",)))], {"x": special})
    wanted = [math.erf(value) for value in special]

    np.testing.assert_allclose(result, wanted, rtol=1e-15)
    np.testing.assert_array_equal(np.signbit(result[:2]), [False, True])


@settings(derandomize=True, max_examples=examples(150))
@given(small, small, small, small, st.integers(0, 2), st.integers(0, 2), st.integers(3, 6), st.integers(3, 6))
def test_windows_and_their_adjoint(
    kh: int, kw: int, sh: int, sw: int, ph: int, pw: int, height: int, width: int
) -> None:
    """Each column is a window cut by a loop; ⟨window(x), g⟩ = ⟨x, unwindow(g)⟩."""
    options = ((kh, kw), (sh, sw), (ph, pw))
    x = variable("x", ("N", height, width))
    cut = window(x, *options)
    g = variable("g", cut.shape)
    rng = np.random.default_rng(0)
    image = rng.normal(size=(2, height, width))
    padded = np.pad(image, [(0, 0), (ph, ph), (pw, pw)])
    places = [(i, j) for i in range(0, padded.shape[1] - kh + 1, sh) for j in range(0, padded.shape[2] - kw + 1, sw)]
    wanted = np.stack([padded[:, i : i + kh, j : j + kw].reshape(2, -1) for i, j in places], axis=-1)
    back = rng.normal(size=wanted.shape)
    (columns,) = evaluate([cut], {"x": image})
    (images,) = evaluate([unwindow(g, (height, width), *options)], {"g": back})

    np.testing.assert_array_equal(columns, wanted)
    assert images.shape == image.shape
    np.testing.assert_allclose(np.sum(columns * back), np.sum(image * images), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [0.0, 1.0, 700.0, 745.0, 1e3, 1e4])
def test_sizes_do_not_overflow(size: float) -> None:
    """The error function of huge numbers is plus or minus 1, without a warning."""
    (result,) = evaluate([erf(variable("x", (2,)))], {"x": [size, -size]})

    np.testing.assert_allclose(result, [math.erf(size), -math.erf(size)])


def test_windows_follow_each_other_unless_said() -> None:
    """As primitives, windows have a stride of 1 and no padding by default."""
    image, columns = variable("image", (4, 5)), variable("columns", (4, 12))

    assert Primitive.registry["window"]((2, 2))(image) is window(image, (2, 2))  # type: ignore[call-arg]
    assert Primitive.registry["unwindow"]((4, 5), (2, 2))(columns) is unwindow(columns, (4, 5), (2, 2))  # type: ignore[call-arg]
