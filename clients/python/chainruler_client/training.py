"""Training as a loop: what to ask for next, made of what the last steps gave."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import chain, cycle, islice, repeat
from math import prod
from typing import Any, TypeAlias, Unpack

import numpy as np

from chainruler_client.calls import Call, Description, Numbers, Problem, ProblemParts, step
from chainruler_client.results import Step

Batch: TypeAlias = Mapping[str, Numbers]
Training: TypeAlias = Generator[Call[Step], Step, None]
"""Yields the call for the next steps, and is sent their result."""

MOST_BATCHES = 100
MOST_BYTES = 8_000_000
"""Of the batches of one request: beyond it, the time of a request hardly counts."""


def train(
    problem: Problem | None = None,
    /,
    *,
    optimizer: Description | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    batches: Iterable[Batch] | None = None,
    every: int = 1,
    optimizer_state: Mapping[str, Any] | None = None,
    **parts: Unpack[ProblemParts],
) -> Training:
    """Training, step by step: each turn of the loop has the loss, the parameters and the optimiser's state after it.

    `batches` are the data of one step each, in turn: once, `epochs` times, or until there were so many `steps`. Without
    them every step sees all data. With `every`, a turn is so many steps at most, which travel together: they give the
    same numbers in less time.
    """
    members = {**(problem or {}), **parts}
    optimizer = optimizer if optimizer is not None else members.get("optimizer")
    if every < 1:
        raise ValueError(f"every must be at least 1, not {every}.")
    if batches is None:
        total = _counted(steps, epochs)
        turns: Iterator[dict[str, Any]] = ({"steps": count} for count in _split(total, every))
    else:
        members.pop("data", None)
        turns = ({"batches": group} for group in _grouped(_repeated(batches, steps, epochs), every))
    return _training({**members, "optimizer": optimizer}, optimizer_state, turns)


def _training(members: dict[str, Any], state: Mapping[str, Any] | None, turns: Iterator[dict[str, Any]]) -> Training:
    """Ask for each turn's steps from where the last one ended."""
    statistics: Mapping[str, Any] = {}
    for turn in turns:
        if statistics and "batches" in turn:
            turn["batches"][0] = {**turn["batches"][0], **statistics}
        elif statistics:
            members["data"] = {**members["data"], **statistics}
        done = yield step(members, optimizer_state=state, **turn)
        members["parameters"], state = done.parameters, done.optimizer_state
        statistics = done.statistics or {}


def _counted(steps: int | None, epochs: int | None) -> int:
    """How many steps over all data."""
    if (steps is None) == (epochs is None):
        raise ValueError("Say how long to train: steps=…, epochs=… or batches=….")
    return steps if steps is not None else epochs or 0


def _split(total: int, most: int) -> Iterator[int]:
    """The total in parts of so many at most."""
    return (min(most, total - begun) for begun in range(0, total, most))


def _repeated(batches: Iterable[Batch], steps: int | None, epochs: int | None) -> Iterator[Batch]:
    """The batches as often as they are wanted."""
    if steps is not None and epochs is not None:
        raise ValueError("Say how long to train by steps=… or by epochs=…, not by both.")
    if steps is None and epochs is None:
        return iter(batches)
    if iter(batches) is batches and epochs != 1:
        raise ValueError("These batches can be gone through once only: put them in a list to repeat them.")
    if steps is not None:
        return islice(cycle(batches), steps)
    return chain.from_iterable(repeat(batches, epochs or 0))


def _grouped(batches: Iterator[Batch], every: int) -> Iterator[list[Batch]]:
    """The batches in groups that travel together: so many at most, and not too much of them."""
    group: list[Batch] = []
    held = 0
    for batch in batches:
        size = sum(prod(np.shape(numbers)) for numbers in batch.values()) * 8
        if len(group) == min(every, MOST_BATCHES) or (group and held + size > MOST_BYTES):
            yield group
            group, held = [], 0
        group.append(batch)
        held += size
    if group:
        yield group
