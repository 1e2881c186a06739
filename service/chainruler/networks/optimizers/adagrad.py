"""Adagrad (Duchi, Hazan & Singer 2011): each entry's rate falls with the squares it has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from chainruler.networks.optimizers.optimizer import Now, Optimizer
from chainruler.networks.optimizers.state import Array, Slot
from chainruler.networks.reading import Positive
from chainruler.networks.schedules import LearningRate


@dataclass(frozen=True, kw_only=True)
class Adagrad(Optimizer):
    """s ← s + g², θ ← θ − ηg / (√s + ε)."""

    type: ClassVar[str] = "adagrad"
    learning_rate: LearningRate = 0.01
    eps: Positive = 1e-10

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(learning_rate=0.5), cls(learning_rate=0.5, eps=1e-3, weight_decay=0.01, clip_norm=1.0)]

    @property
    def slots(self) -> Sequence[Slot]:
        return (Slot("sum_of_squares", "sum", is_square=True),)

    def update(self, p: Array, g: Array, slots: Sequence[Array], spare: Array, now: Now) -> None:
        (s,) = slots
        s += np.multiply(g, g, out=spare)
        np.sqrt(s, out=spare)
        spare += self.eps
        np.divide(g, spare, out=spare)
        spare *= now.rate
        p -= spare
