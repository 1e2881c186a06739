"""Training as a loop: what to ask for next, made of what the last steps gave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, cycle, islice, repeat
from math import prod
from typing import Any, TypeAlias, Unpack

import numpy as np

from chainruler_client.calls import Description, Loop, Numbers, Problem, ProblemParts, step
from chainruler_client.calls.call import members_of
from chainruler_client.results import Step

Batch: TypeAlias = Mapping[str, Numbers]
MOMENT = 0.2
"""Seconds of a turn that is as long as a moment."""
MOST_STEPS = 10_000
MOST_BATCHES = 100
MOST_BYTES = 8_000_000
"""Of the batches of one request: beyond it, the time of a request hardly counts."""


class Course(ProblemParts, total=False):
    """What to train on, for how long, and how it is cut into turns of the loop."""

    steps: int | None
    epochs: int | None
    batches: Iterable[Batch] | None
    batch_size: int | None
    seed: int | None
    every: int | None


def train(
    problem: Problem | None = None,
    /,
    *,
    optimizer: Description | None = None,
    optimizer_state: Mapping[str, Any] | None = None,
    **course: Unpack[Course],
) -> Loop[Step]:
    """Training, step by step: each turn of the loop has the loss, the parameters and the optimiser's state after it.

    A step sees all data; or one of the `batches`; or `batch_size` samples, in another order in each
    epoch if there is a `seed`. Training takes `steps` steps, or `epochs` epochs, or goes through the batches once.

    A turn is one step, or up to `every` of them, which travel together: they give the same numbers in less time. With
    `every=None` it is as many as take a moment.
    """
    members: dict[str, Any] = {**members_of(problem), **course}
    steps, epochs, batches, size, seed = (
        members.pop(name, None) for name in ("steps", "epochs", "batches", "batch_size", "seed")
    )
    members["optimizer"] = members.get("optimizer") if optimizer is None else optimizer
    state = members.pop("optimizer_state", None) if optimizer_state is None else optimizer_state
    pace = _Pace(members.pop("every", 1))
    if size is not None:
        _counted(steps, epochs)
        batches, epochs = _cut(members, size, seed, epochs), None
    if batches is None:
        turns = _split(_counted(steps, epochs), pace)
    else:
        members.pop("data", None)
        turns = _grouped(_repeated(batches, steps, epochs), pace)
    return _training(members, state, turns, pace)


class _Pace:
    """How many steps go into one request: the given number, or as many as take a moment."""

    def __init__(self, every: int | None) -> None:
        if every is not None and every < 1:
            raise ValueError(f"every must be at least 1, not {every}.")
        self.count = every or 1
        self._adapts = every is None

    def took(self, steps: int, seconds: float) -> None:
        """Note how long some steps took."""
        if self._adapts:
            self.count = max(1, min(MOST_STEPS, int(MOMENT * steps / max(seconds, 1e-6))))


def _training(
    members: dict[str, Any], state: Mapping[str, Any] | None, turns: Iterator[dict[str, Any]], pace: _Pace
) -> Loop[Step]:
    """Ask for each turn's steps from where the last one ended."""
    for turn in turns:
        came = yield step(members, optimizer_state=state, **turn)
        assert came is not None  # noqa: S101  (a call is answered)
        done, seconds = came
        pace.took(done.steps, seconds)
        members["parameters"], state = done.parameters, done.optimizer_state
        if done.statistics is not None:
            members["statistics"] = done.statistics
        yield done


def _counted(steps: int | None, epochs: int | None) -> int:
    """How many steps over all data."""
    if (steps is None) == (epochs is None):
        raise ValueError("Say how long to train: steps=…, epochs=… or batches=….")
    return steps if steps is not None else epochs or 0


def _split(total: int, pace: _Pace) -> Iterator[dict[str, Any]]:
    """The turns of a number of steps over all data."""
    while total > 0:
        count = min(pace.count, total)
        yield {"steps": count}
        total -= count


def _cut(members: Mapping[str, Any], size: int, seed: int | None, epochs: int | None) -> Iterator[Batch]:
    """Batches of `size` samples, epoch after epoch; whatever has an entry for each sample is cut."""
    arrays = {name: np.asarray(values) for name, values in (members.get("data") or {}).items()}
    samples = len(arrays["x"]) if np.ndim(arrays.get("x", 0)) else 0
    if (members.get("model") or {}).get("samples") == "columns":
        raise ValueError("batch_size takes rows apart, and the samples of this model are columns: say batches=….")
    if size < 1 or not samples:
        raise ValueError(f"There are no batches of {size} among {samples} samples.")
    return _batches(arrays, samples, size, np.random.default_rng(seed) if seed is not None else None, epochs)


def _batches(
    arrays: Mapping[str, Any], samples: int, size: int, random: np.random.Generator | None, epochs: int | None
) -> Iterator[Batch]:
    for _ in repeat(None) if epochs is None else repeat(None, epochs):
        order = np.arange(samples) if random is None else random.permutation(samples)
        for begin in range(0, samples, size):
            rows = order[begin : begin + size]
            yield {name: array[rows] if np.shape(array)[:1] == (samples,) else array for name, array in arrays.items()}


def _repeated(batches: Iterable[Batch], steps: int | None, epochs: int | None) -> Iterator[Batch]:
    """The batches as often as they are wanted."""
    if steps is not None and epochs is not None:
        raise ValueError("Say how long to train by steps=… or by epochs=…, not by both.")
    if steps is None and epochs is None:
        return iter(batches)
    once_only = iter(batches) is batches
    if once_only and steps is None and epochs != 1:
        raise ValueError("These batches can be gone through once only: put them in a list to repeat them.")
    if steps is not None:
        return islice(batches if once_only else cycle(batches), steps)
    return chain.from_iterable(repeat(batches, epochs or 0))


def _grouped(batches: Iterator[Batch], pace: _Pace) -> Iterator[dict[str, Any]]:
    """The steps over batches, grouped for one request: limited in number and in bytes."""
    group: list[Batch] = []
    held = 0
    for batch in batches:
        size = sum(prod(np.shape(numbers)) for numbers in batch.values()) * 8
        if group and held + size > MOST_BYTES:
            yield {"batches": group}
            group, held = [], 0
        group.append(batch)
        held += size
        if len(group) >= min(pace.count, MOST_BATCHES):
            yield {"batches": group}
            group, held = [], 0
    if group:
        yield {"batches": group}
