"""The squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class SquaredError(Loss):
    """(y − o)² for each output o; `scale: 0.5` gives the half, `reduction: mean_all` what PyTorch calls mean."""

    type: ClassVar[str] = "squared_error"
    also_called: ClassVar[tuple[str, ...]] = ("mse", "MSELoss", "mean_squared_error", "l2_loss")

    def terms(self, out: Expression, site: LossSite) -> Expression:
        return (site.rows(out) - out) ** 2
