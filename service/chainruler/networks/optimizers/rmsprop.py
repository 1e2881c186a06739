"""RMSprop (Tieleman & Hinton 2012), centred if wanted (Graves 2013), with or without momentum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from chainruler.networks.optimizers.optimizer import Now, Optimizer
from chainruler.networks.optimizers.state import Array, Slot
from chainruler.networks.reading import Fraction01, Positive
from chainruler.networks.schedules import LearningRate


@dataclass(frozen=True, kw_only=True)
class RmsProp(Optimizer):
    """v ← αv + (1 − α)g², d = g / (√v + ε), θ ← θ − ηd; with momentum b ← μb + d, θ ← θ − ηb.

    If `centered`, m ← αm + (1 − α)g too, and v − m² stands for v under the root: a variance, so never below 0, which
    rounding would make it (PyTorch then answers NaN).
    """

    type: ClassVar[str] = "rmsprop"
    also_called: ClassVar[tuple[str, ...]] = ("RMSprop", "RMSProp")
    fields_also_called: ClassVar[Mapping[str, str]] = {
        **{name: field for name, field in Optimizer.fields_also_called.items() if name != "alpha"},
        "rho": "alpha",
        "decay": "alpha",
        "beta": "alpha",
    }
    learning_rate: LearningRate = 0.01
    alpha: Fraction01 = 0.99
    momentum: Fraction01 = 0.0
    centered: bool = False
    eps: Positive = 1e-8

    @classmethod
    def examples(cls) -> list[Self]:
        return [
            cls(),
            cls(learning_rate=0.005, alpha=0.9, momentum=0.5, eps=1e-3, weight_decay=0.01, clip_norm=1.0),
            cls(learning_rate=0.005, momentum=0.5, centered=True, eps=0.1),
        ]

    @property
    def slots(self) -> Sequence[Slot]:
        centre = (Slot("m", "grad_avg"),) if self.centered else ()
        velocity = (Slot("velocity", "momentum_buffer"),) if self.momentum else ()
        return (Slot("v", "square_avg", is_square=True), *centre, *velocity)

    def update(self, p: Array, g: Array, slots: Sequence[Array], spare: Array, now: Now) -> None:
        v, *rest = slots
        v *= self.alpha
        np.multiply(g, g, out=spare)
        spare *= 1 - self.alpha
        v += spare
        np.sqrt(self._variance(v, rest[0], g, spare) if self.centered else v, out=spare)
        spare += self.eps
        direction = np.divide(g, spare, out=spare)
        if self.momentum:
            b = rest[-1]
            b *= self.momentum
            b += direction
            direction = b
        p -= np.multiply(direction, now.rate, out=spare)

    def _variance(self, v: Array, m: Array, g: Array, spare: Array) -> Array:
        """max(0, v − m²), after m ← αm + (1 − α)g."""
        m *= self.alpha
        m += np.multiply(g, 1 - self.alpha, out=spare)
        np.multiply(m, m, out=spare)
        np.subtract(v, spare, out=spare)
        return np.maximum(spare, 0, out=spare)
