"""The Huber loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, absolute, where
from chainruler.networks.losses.loss import Loss
from chainruler.networks.reading import Positive

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class Huber(Loss):
    """½ r² where |r| ≤ delta, delta (|r| − ½ delta) elsewhere, with r = y − o for each output o."""

    type: ClassVar[str] = "huber"
    also_called: ClassVar[tuple[str, ...]] = ("HuberLoss", "smooth_l1", "SmoothL1Loss")

    delta: Positive = 1.0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.4)]

    def terms(self, out: Expression, site: LossSite) -> Expression:
        rest = site.rows(out) - out
        far = self.delta * (absolute(rest) - 0.5 * self.delta)
        return where(absolute(rest) <= self.delta, 0.5 * rest**2, far)
