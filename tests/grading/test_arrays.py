"""Arrays in every precision: none that is right is called wrong, and none that is wrong is called right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest

from tests.grading.arrays import (
    Array,
    Posed,
    by_hand,
    every_layer_and_loss,
    is_right,
    near_misses,
    printed,
    with_decimals,
    with_digits,
)

EXACT: dict[str, Callable[[Posed, str], Array]] = {
    "float64 arrays": lambda posed, name: posed.double[name],
    "float32 arrays": lambda posed, name: posed.single[name],
    "float32 lists": lambda posed, name: posed.single[name].astype(np.float64),
    "float32 printed": lambda posed, name: printed(posed.single[name]),
    "float64 to 8 digits": lambda posed, name: with_digits(posed.double[name], 8),
}
ROUNDED: dict[str, Callable[[Array, int], Array]] = {"digits": with_digits, "decimals": with_decimals}
SPREAD = 19
"""In the gate, one in so many problems with every layer and loss; all of them in the full run."""


def some() -> Iterator[Posed]:
    """A few problems of every kind."""
    yield from every_layer_and_loss(SPREAD)
    yield from map(by_hand, range(12))


def every() -> Iterator[Posed]:
    """All problems, and large networks too."""
    yield from every_layer_and_loss()
    yield from map(by_hand, range(60))
    yield from (by_hand(seed, large=True) for seed in range(6))


def wrongly_judged(problems: Iterable[Posed]) -> tuple[list[str], Counter[str]]:
    """The right arrays that are not called right, near misses that are, and how many of each were tried."""
    random, failed, tried = np.random.default_rng(5), [], Counter[str]()
    for posed in problems:
        for name in posed.double:
            for kind, made in EXACT.items():
                tried[kind] += 1
                if not is_right(posed.found(name, made(posed, name))):
                    failed.append(f"{kind}: {posed.name} {name}")
            for kind, rounded in ROUNDED.items():
                digits = int(random.integers(3, 7))
                tried["rounded"] += 1
                if not _is_rounded(posed, name, rounded(posed.double[name], digits)):
                    failed.append(f"{kind} {digits}: {posed.name} {name}")
            blur = float(np.abs(posed.single[name] - posed.double[name]).max())
            for array, far, off in ((posed.double[name], 1e-5, blur * 1e-8), (posed.single[name], 1e-3, blur)):
                for kind, bent in near_misses(array, random, far, off):
                    tried[f"near misses in {array.dtype}"] += 1
                    found = posed.found(name, bent)
                    if is_right(found) or found.convention is not None:
                        failed.append(f"{kind} {array.dtype}: {posed.name} {name}")
    return failed, tried


def _is_rounded(posed: Posed, name: str, array: Array) -> bool:
    """Whether a rounded array is right, right to its digits, or, where they end in zeros, too coarse."""
    found = posed.found(name, array)
    return is_right(found) or (found.submitted is not None and found.submitted.digits > 0)


def test_right_is_right_and_nearly_right_is_not() -> None:
    """In float64, in float32 as an array, a list or in print, and rounded; near misses are off by 1e-5 and 1e-3."""
    failed, tried = wrongly_judged(some())

    assert failed == []
    assert min(tried.values()) > 60


@pytest.mark.slow
def test_right_is_right_with_every_layer_and_loss() -> None:
    """At least 500 arrays in each precision and 1,000 near misses; the figures are printed."""
    failed, tried = wrongly_judged(every())
    print(dict(tried))  # noqa: T201 (the figures of the full run)

    assert failed == []
    assert min(tried.values()) >= 500


def test_the_slack_of_float32_does_not_grow_with_the_array() -> None:
    """Of a 300 × 784 gradient no entry may be missing that is more than rounding, whatever the rubric states."""
    posed = by_hand(1, large=True)
    single = posed.single["W1"]
    magnitude = np.abs(single)
    for part in (0.74, 0.01, 0.0005):
        sparse = np.where(magnitude < np.quantile(magnitude, part), np.float32(0), single)
        for rtol in (None, 1e-6, 1e-3):
            assert not is_right(posed.found("W1", sparse, rtol=rtol))
    assert is_right(posed.found("W1", single))
    assert is_right(posed.found("W1", single, rtol=1e-5))


def test_the_rubrics_tolerance_holds_in_float32() -> None:
    """What is off by 5e-5 everywhere is right to float32's 1e-4, and not to the 1e-6 of a rubric."""
    posed = by_hand(1)
    off = posed.single["W1"] * np.float32(1 + 5e-5)

    assert is_right(posed.found("W1", off))
    assert not is_right(posed.found("W1", off, rtol=1e-6))
