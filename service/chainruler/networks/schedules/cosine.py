"""The learning rate that falls along half a cosine."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from chainruler.networks.reading import Count, NonNegative
from chainruler.networks.schedules.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """η(t) = final + ½ (initial − final)(1 + cos(π t / steps)) up to t = steps, and final from there on.

    Without restarts: PyTorch's CosineAnnealingLR climbs again after `steps`, which is a surprise when training goes on.
    """

    type: ClassVar[str] = "cosine"
    fields_also_called: ClassVar[Mapping[str, str]] = {"T_max": "steps", "eta_min": "final", "learning_rate": "initial"}
    initial: NonNegative
    steps: Count
    final: NonNegative = 0.0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(initial=0.1, steps=20, final=0.01)]

    def at(self, t: int) -> float:
        if t >= self.steps:
            return self.final
        return self.final + 0.5 * (self.initial - self.final) * (1 + math.cos(math.pi * t / self.steps))
