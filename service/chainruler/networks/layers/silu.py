"""The SiLU layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, sigmoid
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class SiLU(Activation):
    """x σ(x)."""

    type: ClassVar[str] = "silu"
    also_called: ClassVar[tuple[str, ...]] = ("swish",)

    def of(self, x: Expression) -> Expression:
        return x * sigmoid(x)
