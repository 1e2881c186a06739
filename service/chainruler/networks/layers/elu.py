"""The exponential linear unit."""

from dataclasses import dataclass
from typing import ClassVar, Self

from chainruler.engine import Expression, expm1, minimum, where
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class ELU(Activation):
    """x where x > 0, alpha (exp(x) − 1) elsewhere."""

    type: ClassVar[str] = "elu"

    alpha: float = 1.0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.5)]

    def of(self, x: Expression) -> Expression:
        # the minimum keeps exp from overflowing on the side that is not taken
        return where(x > 0, x, self.alpha * expm1(minimum(0, x)))
