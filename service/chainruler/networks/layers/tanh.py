"""The Tanh layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, tanh
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class Tanh(Activation):
    """tanh(x)."""

    type: ClassVar[str] = "tanh"

    def of(self, x: Expression) -> Expression:
        return tanh(x)
