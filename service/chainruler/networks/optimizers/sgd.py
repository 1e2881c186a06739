"""Stochastic gradient descent (Robbins & Monro 1951), Polyak's momentum (1964), Nesterov's (Sutskever et al. 2013)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from chainruler.networks.errors import SpecError
from chainruler.networks.optimizers.optimizer import Now, Optimizer
from chainruler.networks.optimizers.state import Array, Slot
from chainruler.networks.reading import Fraction01


@dataclass(frozen=True, kw_only=True)
class Sgd(Optimizer):
    """θ ← θ − ηg; with momentum b ← μb + (1 − τ)g, but b ← g at first, and θ ← θ − ηb, or θ − η(g + μb) if `nesterov`.

    μ is `momentum` and τ is `dampening`.
    """

    type: ClassVar[str] = "sgd"
    momentum: Fraction01 = 0.0
    dampening: Fraction01 = 0.0
    nesterov: bool = False
    decoupled_weight_decay: bool = False

    @classmethod
    def examples(cls) -> list[Self]:
        return [
            cls(learning_rate=0.1),
            cls(learning_rate=0.05, momentum=0.9, dampening=0.5, weight_decay=0.01),
            cls(learning_rate=0.05, momentum=0.8, nesterov=True, weight_decay=0.01, decoupled_weight_decay=True),
            cls(learning_rate=0.1, clip_norm=1.0),
        ]

    def check(self) -> None:
        if self.nesterov and (self.dampening or not self.momentum):
            message = "Nesterov's step looks ahead along the momentum: it needs momentum above 0 and no dampening."
            raise SpecError("conflict", "/nesterov", message, "Set momentum to 0.9, say, and dampening to 0.")

    @property
    def slots(self) -> Sequence[Slot]:
        return (Slot("velocity", "momentum_buffer"),) if self.momentum else ()

    @property
    def decouples_weight_decay(self) -> bool:
        return self.decoupled_weight_decay

    def update(self, p: Array, g: Array, slots: Sequence[Array], spare: Array, now: Now) -> None:
        direction = g
        if self.momentum:
            (b,) = slots
            b *= self.momentum
            b += np.multiply(g, 1 - self.dampening, out=spare) if self.dampening and now.t > 1 else g
            direction = b
            if self.nesterov:
                direction = np.multiply(b, self.momentum, out=spare)
                direction += g
        p -= np.multiply(direction, now.rate, out=spare)
