"""Adam (Kingma & Ba 2015), and AMSGrad (Reddi, Kale & Kumar 2018)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from chainruler.networks.optimizers.optimizer import Now, Optimizer
from chainruler.networks.optimizers.state import Array, Slot
from chainruler.networks.reading import Fraction01, Pair, Positive
from chainruler.networks.schedules import LearningRate


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η m̂ / (√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).

    With `amsgrad`, v̂ is made from the largest v so far.
    """

    type: ClassVar[str] = "adam"
    learning_rate: LearningRate = 0.001
    betas: Pair[Fraction01] = (0.9, 0.999)
    eps: Positive = 1e-8
    amsgrad: bool = False

    @classmethod
    def examples(cls) -> list[Self]:
        return [
            cls(learning_rate=0.02),
            cls(learning_rate=0.02, betas=(0.8, 0.9), eps=1e-6, amsgrad=True, weight_decay=0.02, clip_norm=1.0),
        ]

    @property
    def slots(self) -> Sequence[Slot]:
        largest = (Slot("v_max", "max_exp_avg_sq", is_square=True),) if self.amsgrad else ()
        return (Slot("m", "exp_avg"), Slot("v", "exp_avg_sq", is_square=True), *largest)

    def update(self, p: Array, g: Array, slots: Sequence[Array], spare: Array, now: Now) -> None:
        """Multiplies both sides of the fraction by √(1 − β₂ᵗ): the corrections then cost numbers, not arrays."""
        m, v, *v_max = slots
        beta1, beta2 = self.betas
        m *= beta1
        m += np.multiply(g, 1 - beta1, out=spare)
        v *= beta2
        np.multiply(g, g, out=spare)
        spare *= 1 - beta2
        v += spare
        root = math.sqrt(1 - beta2**now.t)
        np.sqrt(np.maximum(v_max[0], v, out=v_max[0]) if v_max else v, out=spare)
        spare += self.eps * root
        np.divide(m, spare, out=spare)
        spare *= now.rate * root / (1 - beta1**now.t)
        p -= spare
