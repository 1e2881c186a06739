"""The learning rate that stays as it is."""

from dataclasses import dataclass
from typing import ClassVar, Self

from chainruler.networks.reading import NonNegative
from chainruler.networks.schedules.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """η(t) = value; a bare number in place of a schedule means the same."""

    type: ClassVar[str] = "constant"
    value: NonNegative

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(value=0.1)]

    def at(self, t: int) -> float:
        return self.value
