"""AdamW (Loshchilov & Hutter 2019): Adam, with weight decay beside the gradient instead of in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chainruler.networks.optimizers.adam import Adam
from chainruler.networks.reading import NonNegative


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """θ ← θ − ηλθ, then Adam's step; λ is `weight_decay`."""

    type: ClassVar[str] = "adamw"
    also_called: ClassVar[tuple[str, ...]] = ("AdamW",)
    weight_decay: NonNegative = 0.01

    @property
    def decouples_weight_decay(self) -> bool:
        return True
