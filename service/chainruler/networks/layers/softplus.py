"""The Softplus layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, softplus
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class Softplus(Activation):
    """log(1 + exp(x))."""

    type: ClassVar[str] = "softplus"
    also_called: ClassVar[tuple[str, ...]] = ("smooth_relu",)

    def of(self, x: Expression) -> Expression:
        return softplus(x)
