"""The negative log likelihood of probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, log, sum_of
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class NegativeLogLikelihood(Loss):
    """−log a_y, where the outputs a are probabilities; after a softmax layer it is computed from the logits.

    With `outputs: log_probabilities` they are their logarithms already, as behind a log-softmax.
    """

    type: ClassVar[str] = "nll"
    also_called: ClassVar[tuple[str, ...]] = ("negative_log_likelihood", "NLLLoss", "log_likelihood")
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
        # picking one entry of a would do as well, but then the gradient would not read a − Y
        return -sum_of(rows * (log(out) if self.outputs == "probabilities" else out), site.plan.feature_axis)
