"""The Kullback-Leibler divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression, log, sum_of, where
from chainruler.networks.losses.of_probabilities import OfProbabilities

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class KLDivergence(OfProbabilities):
    """Σₖ yₖ (log yₖ − log aₖ) for targets y and outputs a that are probabilities, with 0 log 0 = 0.

    `outputs` says whether the outputs are probabilities, as behind a softmax, or log-probabilities, as behind a
    log-softmax.
    """

    type: ClassVar[str] = "kl_divergence"
    also_called: ClassVar[tuple[str, ...]] = ("KLDivLoss", "kl_div", "kullback_leibler", "KLDivergence")

    def terms(self, out: Expression, site: LossSite) -> Expression:
        _, rows = site.classes(out)
        wanted = site.plan.line("Y_log", log(where(rows > 0, rows, 1)))
        return sum_of(rows * (wanted - self.logarithms(out)), site.plan.feature_axis)
