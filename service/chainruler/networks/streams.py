"""Random numbers that depend on a seed and on what they are drawn for, and on nothing else.

A mask must be another one in each step, or dropout trains one fixed thinned network. It must not depend on how many
steps one request takes. So it follows from the seed, the step that the optimiser's state has counted, and the place of
the part that draws: two dropout layers with the same seed drop different units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from numpy.random import PCG64, Generator, SeedSequence

from chainruler.networks.errors import pointer

Stream: TypeAlias = Callable[[int], Generator]
"""From a seed to the random numbers of one part in one step."""


def stream_of(place: tuple[str | int, ...], step: int) -> Stream:
    """The random numbers of the part that stands at a place, for the step that follows `step` others."""

    def generator(seed: int) -> Generator:
        return Generator(PCG64(SeedSequence(seed, spawn_key=(step, *pointer(*place).encode()))))

    return generator
