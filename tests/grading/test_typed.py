"""Numbers as people type them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from chainruler.grading.errors import NotGradable
from chainruler.grading.typed import typed


@given(arrays(np.float64, array_shapes(max_dims=2, max_side=4), elements=st.floats(-1e3, 1e3)), st.integers(0, 6))
def test_what_is_written_is_read(array: np.ndarray, digits: int) -> None:
    """Rows apart by semicolons, numbers by commas: every number comes back, with the unit of its last digit."""
    rounded = np.round(array, digits)
    rows = np.atleast_2d(rounded)
    text = "; ".join(", ".join(f"{number:.{digits}f}" for number in row) for row in rows)

    values, units = typed(text, array.shape)

    np.testing.assert_allclose(values, rounded, atol=1e-12)
    np.testing.assert_allclose(units, 10.0**-digits)


@pytest.mark.parametrize(
    ("text", "shape", "values"),
    [
        ("[[1, 2], [3, 4]]", (2, 2), [[1, 2], [3, 4]]),
        ("1 2\n3 4", (2, 2), [[1, 2], [3, 4]]),
        ("1, 2; 3, 4;", (2, 2), [[1, 2], [3, 4]]),
        ("−0.5, +.5", (2,), [-0.5, 0.5]),
        ("1; 2; 3", (3,), [1, 2, 3]),
        ("1.5e-3", (), 0.0015),
        ("(1, 2)", (2,), [1, 2]),
        ("1, 2", (1, 2), [[1, 2]]),
    ],
)
def test_many_ways_to_write_an_array(text: str, shape: tuple[int, ...], values: object) -> None:
    """Brackets, blanks, line breaks, a true minus sign, a vector as a row or a column."""
    np.testing.assert_array_equal(typed(text, shape)[0], values)


@pytest.mark.parametrize(
    ("text", "unit"), [("0.0822", 1e-4), ("12", 1.0), ("1.50e2", 1.0), ("3e-5", 1e-5), ("-7.", 1.0)]
)
def test_the_last_digit_says_how_exact_a_number_is(text: str, unit: float) -> None:
    """0.50 says more than 0.5."""
    assert typed(text, ())[1] == pytest.approx(unit)


@pytest.mark.parametrize(
    ("text", "shape", "said"),
    [
        ("", (2,), "no number"),
        ("1, two", (2,), '"two" is not a number'),
        ("1, 2, 3", (2,), "3 numbers"),
        ("1, 2; 3, 4", (3, 2), "2 rows of 2"),
        ("1, 2, 3, 4", (2, 2), "4 numbers"),
        ("1e999", (), "too large"),
        ("1 " * 5001, (2,), "more than 5,000"),
        ("x" * 20001, (2,), "20,000 characters"),
        ("1__1", (), "not a number"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(text: str, shape: tuple[int, ...], said: str) -> None:
    """Nothing is guessed, and nothing of it costs anything."""
    with pytest.raises(NotGradable, match=said):
        typed(text, shape)
