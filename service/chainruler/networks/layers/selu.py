"""The scaled exponential linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, expm1, minimum, where
from chainruler.networks.layers.activation import Activation

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


@dataclass(frozen=True)
class SELU(Activation):
    """λx where x > 0, λα (exp(x) − 1) elsewhere, with λ ≈ 1.0507 and α ≈ 1.6733.

    With these numbers, values of mean 0 and variance 1 keep both from layer to layer.
    """

    type: ClassVar[str] = "selu"

    def of(self, x: Expression) -> Expression:
        # the minimum keeps exp from overflowing on the side that is not taken
        return SCALE * where(x > 0, x, ALPHA * expm1(minimum(0, x)))
