"""Equal answers are found by their signatures, among thousands, whatever order they come in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.grading.classroom.alike import families

TOLERANCES = (1e-9, 1e-6, 1e-4)


def drawn(seed: int, size: int, ways: int) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """Signatures of answers in some ways, each as exact as its tolerance says, and which way and kind each is."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(ways, 5)) * 10.0 ** random.integers(-8, 8, size=(ways, 1))
    centres[:, 0] = np.abs(centres).max(axis=1)
    truth = [(int(random.integers(ways)), int(random.integers(2))) for _ in range(size)]
    made = []
    for way, kind in truth:
        tolerance = TOLERANCES[random.integers(len(TOLERANCES))]
        numbers = centres[way] + centres[way, 0] * tolerance * random.uniform(-0.2, 0.2, size=5)
        made.append({"kind": ("array", "formula")[kind], "numbers": numbers.tolist(), "tolerance": tolerance})
    return made, truth


@pytest.mark.parametrize("seed", range(20))
def test_families_are_the_ways_that_answers_were_made_in(seed: int) -> None:
    """Two signatures are of one family if and only if they are of one way and one kind."""
    signatures, truth = drawn(seed, 120, 15)
    found = families(signatures)

    assert [[found[a] == found[b] for b in range(120)] for a in range(120)] == [
        [truth[a] == truth[b] for b in range(120)] for a in range(120)
    ]


def test_differences_do_not_add_up() -> None:
    """A row of answers, each near the next, is more than one family: its ends are far apart."""
    row: list[dict[str, Any]] = [
        {"kind": "array", "numbers": [1 + 0.6e-6 * n, 0, 0, 0, 0], "tolerance": 1e-6} for n in range(100)
    ]
    found = families(row)

    assert all(abs(row[n]["numbers"][0] - row[leader]["numbers"][0]) < 1.1e-6 for n, leader in enumerate(found))
    assert len(set(found)) == 50


def test_what_is_zero_equals_what_is_zero() -> None:
    """Where there is no size to measure by, only zeros are equal."""
    zero = {"kind": "array", "numbers": [0.0] * 5, "tolerance": 1e-6}
    tiny = {"kind": "array", "numbers": [1e-300] * 5, "tolerance": 1e-6}

    assert families([zero, tiny, zero]) == [0, 1, 0]


def test_thousands_are_compared_with_few() -> None:
    """Among 12,000 answers in 6,000 ways, only those are looked at that are as large."""
    signatures, truth = drawn(0, 12_000, 6_000)

    assert len(set(families(signatures))) == len(set(truth))
