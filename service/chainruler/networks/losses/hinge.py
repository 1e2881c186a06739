"""The multi-class hinge loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, relu, sum_of
from chainruler.networks.losses.loss import Loss
from chainruler.networks.reading import Positive

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class Hinge(Loss):
    """Σ_{j ≠ y} max(0, z_j − z_y + margin) for the scores z of a sample of class y."""

    type: ClassVar[str] = "hinge"
    also_called: ClassVar[tuple[str, ...]] = ("svm", "multi_margin", "MultiMarginLoss", "categorical_hinge")
    targets: ClassVar[Literal["classes"]] = "classes"

    margin: Positive = 1.0

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.3)]

    def terms(self, out: Expression, site: LossSite) -> Expression:
        _, rows = site.classes(out, soft=False)
        axis = site.plan.feature_axis
        right = site.plan.line("z_y", sum_of(rows * out, axis, keepdims=True))
        return sum_of((1 - rows) * relu(out - right + self.margin), axis)
