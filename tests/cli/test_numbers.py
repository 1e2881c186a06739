"""Numbers are aligned, have as many digits as tell something, and say of what sign they are."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chainruler.cli.showing import numbers

ROWS = re.compile(r"\[([^\[\]]*)\]")
FINITE = st.floats(-1e300, 1e300, allow_subnormal=False)


def shown(values: object, width: int = 60) -> str:
    """An array as it stands on the terminal."""
    return numbers.array(np.asarray(values), width).plain


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.1, -0.25], "[ 0.10 −0.25]"),
        ([[0.08216704, 0.08266763], [-0.0226, 0.0]], "[[ 0.0821670  0.0826676]\n [−0.0226000          0]]"),
        ([1, -2, 30], "[ 1 −2 30]"),
        ([1e-12, 1.0], "[1e−12     1]"),
        ([1.5e-9, -2e-9], "[ 1.50000e−09 −2.00000e−09]"),
        ([123456789.0], "[1.23457e+08]"),
        ([], "[]"),
        (2.5, "2.5"),
        (np.array([True, False]), "[1 0]"),
    ],
    ids=str,
)
def test_arrays_have_the_digits_they_need(values: object, text: str) -> None:
    """Six digits of the largest entry, no zeros that all have at their ends, and 0 only for what is exactly 0."""
    assert shown(values) == text


@settings(derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(hnp.arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=FINITE))
def test_columns_are_aligned_and_numbers_are_right(values: np.ndarray) -> None:
    """All rows are of one length, and each number is within a millionth of the largest; 0 is 0."""
    rows = [row.split() for row in ROWS.findall(shown(values, 200))]
    read = np.array([[float(text.replace("−", "-")) for text in row] for row in rows])

    lengths = {len(row) for row in ROWS.findall(shown(values, 200))}
    assert len(lengths) == 1
    assert read.shape == values.shape
    assert np.abs(read - values).max() <= 1e-5 * np.abs(values).max()
    assert ((read == 0) == (values == 0)).all()


@settings(derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    hnp.arrays(float, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=30), elements=st.floats(-9, 9)),
    st.integers(44, 100),
)
def test_arrays_keep_to_their_width(values: np.ndarray, width: int) -> None:
    """Whatever its shape, an array has no line beyond the width, and no more lines than a person looks at."""
    lines = shown(values, width).splitlines()

    assert max(map(len, lines)) <= width
    assert len(lines) <= 60


def test_what_has_no_room_is_left_out_in_the_middle() -> None:
    """The ends of each axis are shown, and dots between."""
    text = shown(np.arange(400.0).reshape(20, 20), 40)

    assert text.splitlines()[0].startswith("[[  0   1   2 …  17  18  19]")
    assert text.splitlines()[3].strip() == "…"
    assert text.splitlines()[-1].endswith("399]]")


def test_signs_are_coloured() -> None:
    """Negative is blue and positive orange; red is for what is wrong."""
    text = numbers.array(np.array([-1.5, 2.0, 0.0]))
    styles = {text.plain[span.start : span.end]: span.style for span in text.spans}

    assert styles == {"−1.5": "dodger_blue1", "2.0": "dark_orange", "0": "dim"}


@pytest.mark.parametrize(
    ("value", "text"), [(0.2983711087600027, "0.298371109"), (-1e-20, "−1e−20"), (3.0, "3"), (1234567.0, "1234567")]
)
def test_single_numbers_have_nine_digits(value: float, text: str) -> None:
    """Enough to check them on paper."""
    assert numbers.number(value) == text


def test_errors_and_shapes_are_said_as_people_say_them() -> None:
    """3×4, N×10, a scalar; an error to two digits."""
    sizes: list[list[int | str]] = [[3, 4], ["N", 10], [7], []]

    assert [numbers.shape(of) for of in sizes] == ["3×4", "N×10", "7", "scalar"]
    assert [numbers.error(value) for value in (1.25e-7, 1e-9, 0.0)] == ["1.2e−07", "1e−09", "0"]


@pytest.mark.parametrize(("values", "wanted"), [([3, -4], 5.0), ([[3e300, 4e300]], 5e300), ([0.0], 0.0), ([], 0.0)])
def test_a_norm_is_that_of_the_numbers(values: object, wanted: float) -> None:
    """Also where the square of an entry would be beyond float64, which would warn on stderr."""
    assert numbers.norm(np.asarray(values)) == pytest.approx(wanted)
