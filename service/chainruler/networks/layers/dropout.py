"""The dropout layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression
from chainruler.networks.layers.layer import Layer
from chainruler.networks.part import AT_RUN_TIME
from chainruler.networks.reading import Fraction01, Natural
from chainruler.networks.streams import Stream

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Dropout(Layer):
    """x ⊙ M / (1 − rate) in training, and x in inference, or with `"training": false`.

    The mask M of 0 and 1 is drawn by the seed, anew in each step, and echoed; or it is sent with the data.
    """

    type: ClassVar[str] = "dropout"
    symbol: ClassVar[str] = "D"
    fields_also_called: ClassVar[dict[str, str]] = {"p": "rate", "keep_prob": "rate"}

    rate: Fraction01 = 0.5
    seed: Natural = field(default=0, metadata=AT_RUN_TIME)
    training: bool = True

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(0.3, seed=1), cls(training=False)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        if not self.training or site.plan.mode == "inference":
            return x
        mask = site.input("M", x.shape, "mask", drawn=True)
        return x * mask / (1 - self.rate)

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        return (stream(self.seed).random(shape) >= self.rate).astype(np.float64)
