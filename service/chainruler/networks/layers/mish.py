"""The Mish layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, softplus, tanh
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class Mish(Activation):
    """x tanh(log(1 + exp(x)))."""

    type: ClassVar[str] = "mish"

    def of(self, x: Expression) -> Expression:
        return x * tanh(softplus(x))
