"""Weights that keep the variance of what flows forward through rectifiers (He et al. 2015)."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.random import Generator
from numpy.typing import NDArray

from chainruler.networks.initializers.initializer import Initializer


@dataclass(frozen=True, kw_only=True)
class HeNormal(Initializer):
    """w ~ N(0, σ²) with σ = √(2 / fan_in)."""

    type: ClassVar[str] = "he_normal"
    also_called: ClassVar[tuple[str, ...]] = ("kaiming_normal", "he", "kaiming")

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        return random.normal(0, math.sqrt(2 / fans[0]), shape)


@dataclass(frozen=True, kw_only=True)
class HeUniform(Initializer):
    """w ~ U[−a, a) with a = √(6 / fan_in)."""

    type: ClassVar[str] = "he_uniform"
    also_called: ClassVar[tuple[str, ...]] = ("kaiming_uniform",)

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        bound = math.sqrt(6 / fans[0])
        return random.uniform(-bound, bound, shape)
