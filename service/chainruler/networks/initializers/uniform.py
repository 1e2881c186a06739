"""Weights from one uniform distribution."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from numpy.random import Generator
from numpy.typing import NDArray

from chainruler.networks.errors import SpecError
from chainruler.networks.initializers.initializer import Initializer


@dataclass(frozen=True, kw_only=True)
class Uniform(Initializer):
    """w ~ U[low, high)."""

    type: ClassVar[str] = "uniform"
    low: float = -0.05
    high: float = 0.05

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(low=-0.1, high=0.2, seed=1)]

    def check(self) -> None:
        if self.low > self.high:
            raise SpecError("conflict", "/low", "low is above high.", "Exchange them.")

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        return random.uniform(self.low, self.high, shape)
