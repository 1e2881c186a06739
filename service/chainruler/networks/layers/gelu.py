"""The Gaussian error linear unit."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from chainruler.engine import Expression, erf, tanh
from chainruler.networks.layers.activation import Activation


@dataclass(frozen=True)
class GELU(Activation):
    """x Φ(x) = x/2 (1 + erf(x/√2)), or with `approximate: tanh` x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))."""

    type: ClassVar[str] = "gelu"

    approximate: Literal["none", "tanh"] = "none"

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls("tanh")]

    def of(self, x: Expression) -> Expression:
        if self.approximate == "tanh":
            return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + erf(x / math.sqrt(2)))
