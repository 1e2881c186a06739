"""A share of the many cases of a test, others each day: what generated cases prove twice need not run each time.

`@pytest.mark.sampled(0.2)` above a test with parameters runs a fifth of its cases, and one of them at least. Which ones
follows from the day; `SAMPLE=2026-11-29 make test` runs those of another day, and `make exhaustive` all of them.
Hypothesis draws its own cases: `@settings(max_examples=examples(400))` is a tenth of 400, in `make exhaustive` all.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, datetime
from math import ceil
from random import Random

import pytest

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


def left_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """The cases of sampled tests that do not run today."""
    if seed() == ALL:
        return []
    cases: dict[tuple[str, float], list[pytest.Item]] = defaultdict(list)
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker is not None:
            cases[item.nodeid.partition("[")[0], marker.args[0]].append(item)
    return [item for (test, share), those in cases.items() for item in _rest(those, share, test)]


def _rest(cases: list[pytest.Item], share: float, test: str) -> list[pytest.Item]:
    """All but a share of the cases of one test."""
    shuffled = Random(f"{seed()} {test}").sample(cases, len(cases))  # noqa: S311 (no secret: it is printed)
    return shuffled[ceil(share * len(cases)) :]
