"""The negative log likelihood of probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression, sum_of
from chainruler.networks.losses.of_probabilities import OfProbabilities

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class NegativeLogLikelihood(OfProbabilities):
    """−log a_y, where the outputs a are probabilities; after a softmax layer it is computed from the logits.

    With `outputs: log_probabilities` they are their logarithms already, as behind a log-softmax.
    """

    type: ClassVar[str] = "nll"
    also_called: ClassVar[tuple[str, ...]] = ("negative_log_likelihood", "NLLLoss", "log_likelihood")

    def terms(self, out: Expression, site: LossSite) -> Expression:
        _, rows = site.classes(out)
        # picking one entry of a would do as well, but then the gradient would not read a − Y
        return -sum_of(rows * self.logarithms(out), site.plan.feature_axis)
