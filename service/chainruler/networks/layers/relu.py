"""The ReLU layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, relu
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class ReLU(Activation):
    """max(x, 0), with derivative 0 at 0."""

    type: ClassVar[str] = "relu"
    also_called: ClassVar[tuple[str, ...]] = ("rectifier", "ramp")

    def of(self, x: Expression) -> Expression:
        return relu(x)
