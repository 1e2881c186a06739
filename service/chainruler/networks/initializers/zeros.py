"""Weights that start at zero: right for one layer, and no use for two, whose units then never differ."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from chainruler.networks.initializers.initializer import Initializer


@dataclass(frozen=True, kw_only=True)
class Zeros(Initializer):
    """w = 0; the seed has no effect."""

    type: ClassVar[str] = "zeros"

    def draw(self, random: Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> NDArray[Any]:
        return np.zeros(shape)
