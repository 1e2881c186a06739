"""The Identity layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class Identity(Activation):
    """x itself."""

    type: ClassVar[str] = "identity"
    also_called: ClassVar[tuple[str, ...]] = ("none", "linear_activation")

    def of(self, x: Expression) -> Expression:
        return x
