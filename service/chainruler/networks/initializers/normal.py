"""Weights from one normal distribution."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from numpy.random import Generator
from numpy.typing import NDArray

from chainruler.networks.initializers.initializer import Initializer
from chainruler.networks.reading import NonNegative


@dataclass(frozen=True, kw_only=True)
class Normal(Initializer):
    """w ~ N(mean, std²)."""

    type: ClassVar[str] = "normal"
    mean: float = 0.0
    std: NonNegative = 0.01

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(mean=0.1, std=0.2, seed=1)]

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        return random.normal(self.mean, self.std, shape)
