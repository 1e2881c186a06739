"""A slope is the power with which a cost grows."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scaling import calls
from benchmarks.scaling.growth import Growth, curve, fitted
from benchmarks.scaling.tables import GROWTHS
from chainruler_client import Client


@given(st.floats(-2, 3), st.floats(0.01, 100), st.integers(2, 9))
def test_the_slope_of_a_power_is_its_exponent(power: float, factor: float, count: int) -> None:
    """Whatever the factor and however many points, and the fitted line goes through them."""
    points = [(4.0**i, factor * 4.0 ** (i * power)) for i in range(count)]

    fit = fitted(points)

    assert fit.slope == pytest.approx(power, abs=1e-9)
    assert fit.ends()[-1] == pytest.approx(points[-1])


def test_fixed_costs_bend_the_lower_half_only() -> None:
    """The slope is that of the upper half, where what grows outweighs what does not."""
    points = [(10.0**i, 5.0 if i < 3 else 5.0 * 10.0 ** (i - 2)) for i in range(6)]

    fit = fitted(points)

    assert fit.slope == pytest.approx(1)
    assert str(fit) == "slope 1.00 from 100 on"


def test_a_curve_shows_what_was_measured() -> None:
    """Its axes are named, its points are all there, its slope is told."""
    growth = Growth("Batch", "samples", "ms", [1, 2], lambda sizes, effort: [3.0, 6.0], "1")

    shown = curve(growth, [(1, 3.0), (2, 6.0)])

    assert (shown.title, shown.x, shown.y, shown.points) == ("Batch", "samples", "ms", [(1, 3.0), (2, 6.0)])
    assert shown.slope == "slope 1.00 from 1 on"


@pytest.mark.parametrize("growth", GROWTHS, ids=lambda growth: growth.title)
def test_every_curve_grows(growth: Growth) -> None:
    """Sizes go up, and there are enough of them for a slope."""
    assert list(growth.sizes) == sorted(set(growth.sizes))
    assert len(growth.sizes) >= 2


@pytest.mark.parametrize(
    ("problem", "grown"),
    [
        (calls.batch, lambda found: len(found["data"]["x"])),
        (calls.width, lambda found: len(found["parameters"]["W2"])),
        (calls.depth, lambda found: len(found["model"]["layers"]) // 2),
        (calls.classes, lambda found: len(found["parameters"]["W1"])),
    ],
    ids=["batch", "width", "depth", "classes"],
)
def test_every_problem_has_its_size(problem: Callable[[int], Any], grown: Callable[[Any], int]) -> None:
    """What is said to grow does, and the problem is answered."""
    found = problem(80)

    assert grown(found) == 80
    assert Client.local().gradients(found).loss > 0
