"""The Kullback-Leibler divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, log, sum_of, where
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class KLDivergence(Loss):
    """Σₖ yₖ (log yₖ − log aₖ) for targets y and outputs a that are probabilities, with 0 log 0 = 0.

    `outputs` says whether the outputs are probabilities, as behind a softmax, or log-probabilities, as behind a
    log-softmax.
    """

    type: ClassVar[str] = "kl_divergence"
    also_called: ClassVar[tuple[str, ...]] = ("KLDivLoss", "kl_div", "kullback_leibler", "KLDivergence")
    targets: ClassVar[Literal["classes"]] = "classes"

    outputs: Literal["probabilities", "log_probabilities"] = "probabilities"

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls("log_probabilities")]

    @property
    def follows(self) -> str:
        return "softmax" if self.outputs == "probabilities" else "log_softmax"

    def terms(self, out: Expression, site: LossSite) -> Expression:
        _, rows = site.classes(out)
        wanted = site.plan.line("Y_log", log(where(rows > 0, rows, 1)))
        have = log(out) if self.outputs == "probabilities" else out
        return sum_of(rows * (wanted - have), site.plan.feature_axis)
