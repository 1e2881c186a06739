"""The absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression, absolute
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class AbsoluteError(Loss):
    """|y − o| for each output o."""

    type: ClassVar[str] = "absolute_error"
    also_called: ClassVar[tuple[str, ...]] = ("mae", "L1Loss", "mean_absolute_error", "l1_loss")

    def terms(self, out: Expression, site: LossSite) -> Expression:
        return absolute(site.rows(out) - out)
