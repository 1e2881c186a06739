"""The Sigmoid layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, sigmoid
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class Sigmoid(Activation):
    """σ(x) = 1 / (1 + exp(−x))."""

    type: ClassVar[str] = "sigmoid"
    also_called: ClassVar[tuple[str, ...]] = ("logistic", "expit")

    def of(self, x: Expression) -> Expression:
        return sigmoid(x)
