"""The learning rate that drops now and then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import Field

from chainruler.networks.reading import Count, NonNegative
from chainruler.networks.schedules.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class StepDecay(Schedule):
    """η(t) = initial · factor^⌊t / every⌋."""

    type: ClassVar[str] = "step"
    fields_also_called: ClassVar[Mapping[str, str]] = {
        "gamma": "factor",
        "step_size": "every",
        "learning_rate": "initial",
    }
    initial: NonNegative
    every: Count
    factor: Annotated[float, Field(ge=0, le=1)] = 0.1

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(initial=0.1, every=2, factor=0.5)]

    def at(self, t: int) -> float:
        return self.initial * self.factor ** (t // self.every)
