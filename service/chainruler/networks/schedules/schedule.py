"""What a schedule is: the learning rate as a function of the number of steps already taken."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from chainruler.networks.part import Part
from chainruler.networks.reading import NonNegative, OneForm


@dataclass(frozen=True, kw_only=True)
class Schedule(Part):
    """A learning rate that changes. A bare number stands for the one that does not."""

    kind: ClassVar[str] = "schedule"

    @abstractmethod
    def at(self, t: int) -> float:
        """η(t), the rate of the step that follows t others: the first step has t = 0."""


LearningRate: TypeAlias = Annotated[Schedule | NonNegative, OneForm]


def rate_at(learning_rate: LearningRate, t: int) -> float:
    """The learning rate of the step that follows t others."""
    return learning_rate.at(t) if isinstance(learning_rate, Schedule) else learning_rate
