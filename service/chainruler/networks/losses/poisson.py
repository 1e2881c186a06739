"""The negative log likelihood of counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, exp, log
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class Poisson(Loss):
    """λ − y log λ for each count y with the rate λ, without log y!, which no parameter changes.

    The outputs are log λ, or λ itself with `outputs: rates`, which must be positive.
    """

    type: ClassVar[str] = "poisson"
    also_called: ClassVar[tuple[str, ...]] = ("PoissonNLLLoss", "poisson_nll", "poisson_nll_loss")

    outputs: Literal["log_rates", "rates"] = "log_rates"

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls("rates")]

    @property
    def follows(self) -> str | None:
        return "softplus" if self.outputs == "rates" else None

    def terms(self, out: Expression, site: LossSite) -> Expression:
        counts = site.rows(out)
        return out - counts * log(out) if self.outputs == "rates" else exp(out) - counts * out
