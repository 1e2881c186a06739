"""The hard swish layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, maximum, minimum
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class HardSwish(Activation):
    """x (min(max(x, −3), 3) + 3) / 6: SiLU with straight pieces for the sigmoid."""

    type: ClassVar[str] = "hardswish"
    also_called: ClassVar[tuple[str, ...]] = ("Hardswish", "hard_swish", "hard_silu", "h_swish")

    def of(self, x: Expression) -> Expression:
        # not with relu, which is printed as φ, a name for this function itself
        return x * (minimum(maximum(x, -3), 3) + 3) / 6
