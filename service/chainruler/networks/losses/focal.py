"""The focal loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, logsumexp, softmax, sum_of
from chainruler.networks.losses.loss import Loss
from chainruler.networks.reading import NonNegative

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class Focal(Loss):
    """−(1 − p_y)^gamma log p_y with p = softmax(z), for a sample of class y: easy samples count less.

    With `gamma` 0 it is the cross-entropy.
    """

    type: ClassVar[str] = "focal"
    also_called: ClassVar[tuple[str, ...]] = ("FocalLoss", "focal_loss", "CategoricalFocalCrossentropy")
    targets: ClassVar[Literal["classes"]] = "classes"
    contains: ClassVar[str] = "softmax"

    gamma: NonNegative = 2.0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.5), cls(0.0)]

    def terms(self, out: Expression, site: LossSite) -> Expression:
        _, rows = site.classes(out, soft=False)
        axis = site.plan.feature_axis
        likely = sum_of(rows * out, axis) - logsumexp(out, axis)
        terms = -likely
        if self.gamma:
            likely = site.plan.line("l_y", likely)
            # the other classes added up: 1 - p_y may round to 0, by which the derivative divides where gamma is below 1
            others = site.plan.line("q_y", sum_of((1 - rows) * softmax(out, axis), axis))
            terms = -(others**self.gamma) * likely
        own = site.sample_weights(terms)
        return terms if own is None else own * terms
