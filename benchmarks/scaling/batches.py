"""What a batch of submissions costs, from the bytes of its lines to the bytes of its reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

from benchmarks.grading.problems import Array, Graded
from benchmarks.grading.speed import a_class, batch_seconds, small
from benchmarks.timing import Effort

TURNS = 3
"""Rounds at most: the largest batch takes seconds, and a slope needs no third digit."""
Submissions = list[dict[str, Array]]


def milliseconds(
    submissions: Callable[[Graded, int], Submissions], sizes: Sequence[int], effort: Effort
) -> list[float]:
    """The time to grade so many submissions to the 4-10-3 problem."""
    problem = small()
    handed_in = submissions(problem, max(sizes))
    batch_seconds(problem, handed_in[:10])
    rounds = [
        [batch_seconds(problem, handed_in[:size]) * 1e3 for size in sizes] for _ in range(min(effort.rounds, TURNS))
    ]
    return [median(times) for times in zip(*rounds, strict=True)]


def wrong(problem: Graded, count: int) -> Submissions:
    """So many wrong ones, of which one in ten cannot be explained."""
    return list(a_class(problem, count))


def right(problem: Graded, count: int) -> Submissions:
    """So many right ones."""
    return [problem.right] * count


by_wrong, by_right = partial(milliseconds, wrong), partial(milliseconds, right)
