"""The leaky ReLU layer."""

from dataclasses import dataclass
from typing import ClassVar, Self

from chainruler.engine import Expression, where
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """x where x > 0, negative_slope · x elsewhere."""

    type: ClassVar[str] = "leaky_relu"
    also_called: ClassVar[tuple[str, ...]] = ("LeakyReLU", "lrelu")
    fields_also_called: ClassVar[dict[str, str]] = {"alpha": "negative_slope", "slope": "negative_slope"}

    negative_slope: float = 0.01

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.2)]

    def of(self, x: Expression) -> Expression:
        return where(x > 0, x, self.negative_slope * x)
