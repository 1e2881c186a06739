"""The learning rate that first rises to where another one starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from chainruler.networks.reading import Count
from chainruler.networks.schedules.cosine import Cosine
from chainruler.networks.schedules.schedule import LearningRate, Schedule, rate_at


@dataclass(frozen=True, kw_only=True)
class WarmUp(Schedule):
    """η(t) = then(0) · (t + 1) / steps for t < steps, and then(t − steps) after that.

    The first step is not of length 0, and the last one of the warm-up has the full rate.
    """

    type: ClassVar[str] = "warm_up"
    fields_also_called: ClassVar[Mapping[str, str]] = {"total_iters": "steps", "warmup_steps": "steps", "after": "then"}
    steps: Count
    then: LearningRate

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(steps=3, then=0.1), cls(steps=3, then=Cosine(initial=0.1, steps=20))]

    def at(self, t: int) -> float:
        if t < self.steps:
            return rate_at(self.then, 0) * (t + 1) / self.steps
        return rate_at(self.then, t - self.steps)
