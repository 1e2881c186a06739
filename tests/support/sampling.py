"""A share of the many cases of a test, others each day: what generated cases prove twice need not run each time.

`@pytest.mark.sampled(0.2)` above a test with parameters runs a fifth of its cases, and one of them at least. Which ones
follows from the day; `SAMPLE=2026-11-29 make test` runs those of another day, and `make exhaustive` all of them.
Hypothesis draws its own cases: `@settings(max_examples=examples(400))` is a tenth of 400, in `make exhaustive` all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from random import Random
from typing import TypeVar

import pytest

T = TypeVar("T")

VARIABLE = "SAMPLE"
ALL = "all"
SHARE, FEWEST = 0.1, 5
"""Of the examples of generated tests, those that run each time."""


def seed() -> str:
    """What decides which cases run; kept in the environment, so that the processes of one run agree at midnight too."""
    return os.environ.setdefault(VARIABLE, datetime.now(UTC).date().isoformat())


def examples(whole: int) -> int:
    """How many examples of a generated test run, of those that `make exhaustive` runs."""
    return whole if seed() == ALL else max(FEWEST, ceil(SHARE * whole))


def share_of(cases: Sequence[T], share: float, test: str) -> list[T]:
    """Today's share of the cases of a test that goes through them in a loop."""
    if seed() == ALL:
        return list(cases)
    places = Random(f"{seed()} {test}").sample(range(len(cases)), ceil(share * len(cases)))  # noqa: S311 (no secret)
    return [cases[place] for place in sorted(places)]


def thin(metafunc: pytest.Metafunc) -> None:
    """Take today's cases of a sampled test, before an item is made of each: of most of them none ever is.

    pytest has no public way to leave out cases that stacked parameters and fixtures have multiplied into.
    """
    marker = metafunc.definition.get_closest_marker("sampled")
    if marker is not None:
        metafunc._calls = share_of(metafunc._calls, marker.args[0], metafunc.definition.nodeid)  # noqa: SLF001
