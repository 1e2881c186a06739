"""Cross-entropy on logits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, logsumexp, select, substitute, sum_of
from chainruler.networks.errors import SpecError
from chainruler.networks.losses.loss import Loss
from chainruler.networks.part import AT_RUN_TIME
from chainruler.networks.reading import Fraction01, Many, NonNegative
from chainruler.networks.streams import Stream

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """ℓ = log Σₖ exp zₖ − z_y for a class y; −Σₖ yₖ log softmax(z)ₖ for one-hot or soft targets.

    Label smoothing ε turns targets Y into (1 − ε) Y + ε/C. A class weight c multiplies the terms of its class. `mean`
    divides by the number of samples, or with `average: weights` by the sum of their weights, as PyTorch does.
    """

    type: ClassVar[str] = "cross_entropy"
    also_called: ClassVar[tuple[str, ...]] = (
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "CrossEntropyLoss",
        "softmax_cross_entropy",
        "log_loss",
    )
    fields_also_called: ClassVar[dict[str, str]] = {"weight": "class_weights", "smoothing": "label_smoothing"}
    targets: ClassVar[Literal["classes"]] = "classes"
    contains: ClassVar[str] = "softmax"

    label_smoothing: Fraction01 = 0.0
    class_weights: Many[NonNegative] | None = field(default=None, metadata=AT_RUN_TIME)
    average: Literal["samples", "weights"] = "samples"

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.1), cls(class_weights=(0.5, 2.0, 1.0)), cls(0.2, (0.5, 2.0, 1.0), "weights")]

    def terms(self, out: Expression, site: LossSite) -> Expression:
        index, rows = site.classes(out)
        weighted = rows if self.class_weights is None else rows * self._class_weights(site.plan.features(out), site)
        terms = self._of_each_sample(out, index, rows, weighted, site)
        own = site.sample_weights(terms)
        if self.average == "weights":
            of_class = sum_of(weighted, site.plan.feature_axis)
            site.divisor = site.plan.line("T", sum_of(of_class if own is None else own * of_class))
        return terms if own is None else own * terms

    def _of_each_sample(
        self, out: Expression, index: Expression | None, rows: Expression, weighted: Expression, site: LossSite
    ) -> Expression:
        axis, count = site.plan.feature_axis, site.plan.features(out)
        if self.label_smoothing:
            smooth = site.plan.line("Y_smooth", (1 - self.label_smoothing) * rows + self.label_smoothing / count)
            weighted = substitute([weighted], {rows: smooth})[0]
        elif self.class_weights is None:
            picked = select(out, index) if index is not None and axis == -1 else sum_of(rows * out, axis)
            return logsumexp(out, axis) - picked
        if self.class_weights is not None:
            weighted = site.plan.line("Y_weighted", weighted)
            return sum_of(weighted, axis) * logsumexp(out, axis) - sum_of(weighted * out, axis)
        return logsumexp(out, axis) - sum_of(weighted * out, axis)

    def _class_weights(self, count: int, site: LossSite) -> Expression:
        if self.class_weights is not None and len(self.class_weights) != count:
            message = f"class_weights has {len(self.class_weights)} numbers, but there are {count} classes."
            raise SpecError("wrong_shape", "/loss/class_weights", message)
        return site.plan.along_features(site.given("class_weights", (count,), "class_weights"))

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        return np.array(self.class_weights, np.float64)
