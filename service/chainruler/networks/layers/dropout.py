"""The dropout layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression
from chainruler.networks.layers.layer import Layer
from chainruler.networks.part import at_run_time
from chainruler.networks.reading import Fraction01, Natural

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, x ⊙ M / (1 − rate) with a mask M of 0 and 1 that is drawn by the seed or sent with the data; else x."""

    type: ClassVar[str] = "dropout"
    symbol: ClassVar[str] = "D"
    fields_also_called: ClassVar[dict[str, str]] = {"p": "rate", "keep_prob": "rate"}

    rate: Fraction01 = 0.5
    seed: Natural = at_run_time(0)
    training: bool = True

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(0.3, seed=1), cls(training=False)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        if not self.training:
            return x
        mask = site.input("M", x.shape, "mask", drawn=True)
        return x * mask / (1 - self.rate)

    def supply(self, role: str, shape: tuple[int, ...], limit: int) -> NDArray[np.generic]:
        return (np.random.default_rng(self.seed).random(shape) >= self.rate).astype(np.float64)
