"""The hard swish layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, minimum, relu
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class HardSwish(Activation):
    """x · min(max(0, x + 3), 6) / 6: SiLU with straight pieces for the sigmoid."""

    type: ClassVar[str] = "hardswish"
    also_called: ClassVar[tuple[str, ...]] = ("Hardswish", "hard_swish", "hard_silu", "h_swish")

    def of(self, x: Expression) -> Expression:
        return x * minimum(relu(x + 3), 6) / 6
