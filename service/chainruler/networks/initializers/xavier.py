"""Weights that keep the variance of what flows forward and back, on average (Glorot & Bengio 2010)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from numpy.random import Generator
from numpy.typing import NDArray

from chainruler.networks.initializers.initializer import Initializer
from chainruler.networks.reading import NonNegative


@dataclass(frozen=True, kw_only=True)
class Xavier(Initializer):
    """What both have: a gain for what comes behind, such as √2 for rectifiers."""

    fields_also_called: ClassVar[Mapping[str, str]] = {"scale": "gain"}
    gain: NonNegative = 1.0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(gain=2.0, seed=1)]


@dataclass(frozen=True, kw_only=True)
class XavierNormal(Xavier):
    """w ~ N(0, σ²) with σ = gain √(2 / (fan_in + fan_out))."""

    type: ClassVar[str] = "xavier_normal"
    also_called: ClassVar[tuple[str, ...]] = ("glorot_normal", "xavier")

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        return random.normal(0, self.gain * math.sqrt(2 / sum(fans)), shape)


@dataclass(frozen=True, kw_only=True)
class XavierUniform(Xavier):
    """w ~ U[−a, a) with a = gain √(6 / (fan_in + fan_out))."""

    type: ClassVar[str] = "xavier_uniform"
    also_called: ClassVar[tuple[str, ...]] = ("glorot_uniform", "glorot")

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        bound = self.gain * math.sqrt(6 / sum(fans))
        return random.uniform(-bound, bound, shape)
