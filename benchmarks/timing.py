"""Interleaved timing: everything that is compared runs in turn, so that a busy moment of the machine hits all alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter

Work = Callable[[], object]


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, in each of which every candidate runs for about so many seconds."""

    rounds: int
    seconds: float


QUICK = Effort(rounds=2, seconds=0.0)
THOROUGH = Effort(rounds=201, seconds=0.001)


@dataclass(frozen=True)
class Timings:
    """Seconds a call, for each candidate and round."""

    samples: Mapping[str, list[float]]

    def median(self, name: str) -> float:
        """The median of a candidate, in seconds."""
        return median(self.samples[name])

    def fastest(self, names: list[str]) -> str:
        """The candidate of these with the smallest median."""
        return min(names, key=self.median)

    def difference(self, name: str, to: str) -> float:
        """The median over rounds of the difference within a round, in seconds."""
        return median(a - b for a, b in zip(self.samples[name], self.samples[to], strict=True))

    def ratio(self, name: str, to: str) -> float:
        """The median over rounds of the ratio within a round, which what slows a whole round down does not move."""
        return median(a / b for a, b in zip(self.samples[name], self.samples[to], strict=True))


def interleaved(candidates: Mapping[str, Work], effort: Effort) -> Timings:
    """The time of each candidate, in another order each round: what ran before leaves its traces in the caches."""
    repeats = {name: _repeats(work, effort.seconds) for name, work in candidates.items()}
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    order = Random(0)  # noqa: S311 (the order is to vary, not to be secret)
    gc.collect()
    gc.disable()
    try:
        for _ in range(effort.rounds):
            order.shuffle(names)
            for name in names:
                samples[name].append(_timed(candidates[name], repeats[name]) / repeats[name])
    finally:
        gc.enable()
    return Timings(samples)


def _timed(work: Work, repeats: int) -> float:
    """Seconds for so many calls."""
    calls = range(repeats)
    begin = perf_counter()
    for _ in calls:
        work()
    return perf_counter() - begin


def _repeats(work: Work, seconds: float) -> int:
    """How many calls fill the time; the first call, which may compile, is left out."""
    work()
    return max(1, int(seconds / max(_timed(work, 3) / 3, 1e-9)))
