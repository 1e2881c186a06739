"""What an initialiser is: how the weights of a network start; biases start at 0, scales of normalisations at 1.

Each parameter draws from a stream of its own, seeded by the seed and by the parameter's name:
`SeedSequence(seed, spawn_key=the bytes of the name)`. One stream for all would be shorter, but then a layer put in
front would change every weight behind it, and an answer could not be compared with yesterday's.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from chainruler.networks.blueprint import STARTS, Parameter
from chainruler.networks.part import Part
from chainruler.networks.reading import Natural

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Initializer(Part):
    """How weights are drawn. The same seed and name give the same numbers, whatever else the network has."""

    kind: ClassVar[str] = "initializer"
    seed: Natural = 0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(seed=1)]

    @abstractmethod
    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        """A weight of this shape in float64; `fans` tells how many values flow into and out of each unit."""

    def weight(self, name: str, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        """The weight of this name."""
        return self.draw(_stream(self.seed, name), shape, fans)

    def parameters(
        self, declared: Iterable[Parameter], dtype: Literal["float64", "float32"] = "float64"
    ) -> dict[str, Array]:
        """All parameters of a network; float32 ones are the float64 ones, rounded."""
        return {parameter.name: self._first(parameter).astype(dtype, copy=False) for parameter in declared}

    def _first(self, parameter: Parameter) -> Array:
        if parameter.role != "weight":
            return np.full(parameter.shape, STARTS[parameter.role])
        return self.weight(parameter.name, parameter.shape, parameter.fans)


def _stream(seed: int, name: str) -> Generator:
    """Random numbers that depend on the seed and the name alone."""
    return Generator(PCG64(SeedSequence(seed, spawn_key=tuple(name.encode()))))
