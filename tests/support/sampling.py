"""A share of the many cases of a test, others each day: what generated cases prove twice need not run each time.

`@pytest.mark.sampled(0.2)` above a test with parameters runs a fifth of its cases, and one of them at least. Which ones
follows from the day; `SAMPLE=2026-11-29 make test` runs those of another day, and `make exhaustive` all of them. Each
value of a parameter is among them where there is room for all.
Hypothesis draws its own cases: `@settings(max_examples=examples(400))` are a few of 400, in `make exhaustive` all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from math import ceil
from random import Random
from typing import TypeVar

import pytest
from _pytest.python import CallSpec2

T = TypeVar("T")

VARIABLE = "SAMPLE"
ALL = "all"
SHARE, FEWEST = 0.07, 5
"""Of the examples of generated tests, those that run each time."""


def seed() -> str:
    """What decides which cases run; kept in the environment, so that the processes of one run agree at midnight too."""
    return os.environ.setdefault(VARIABLE, datetime.now(UTC).date().isoformat())


def examples(whole: int) -> int:
    """How many examples of a generated test run, of those that `make exhaustive` runs."""
    return whole if seed() == ALL else max(FEWEST, ceil(SHARE * whole))


def share_of(
    cases: Sequence[T], share: float, test: str, shows: Callable[[T], Iterable[Hashable]] = lambda _: ()
) -> list[T]:
    """Today's share of the cases of a test that goes through them in a loop, led by those that show something new."""
    if seed() == ALL:
        return list(cases)
    new, others, shown = list[int](), list[int](), set[Hashable]()
    for place in Random(f"{seed()} {test}").sample(range(len(cases)), len(cases)):  # noqa: S311 (no secret)
        here = set(shows(cases[place]))
        (others if here <= shown else new).append(place)
        shown |= here
    return [cases[place] for place in sorted([*new, *others][: ceil(share * len(cases))])]


def thin(metafunc: pytest.Metafunc) -> None:
    """Take today's cases of a sampled test, before an item is made of each: of most of them none ever is.

    Where a test goes through every combination of some values, each value is there each day, as far as the share goes.
    pytest has no public way to leave out cases that stacked parameters and fixtures have multiplied into.
    """
    marker = metafunc.definition.get_closest_marker("sampled")
    if marker is not None:
        calls, name = metafunc._calls, metafunc.definition.nodeid  # noqa: SLF001
        metafunc._calls = share_of(calls, marker.args[0], name, _values)  # noqa: SLF001


def _values(call: CallSpec2) -> Iterator[Hashable]:
    """The values of the parameters of a case, which combinations of them share."""
    return ((name, id(value)) for name, value in call.params.items())
