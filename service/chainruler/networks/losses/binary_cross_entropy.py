"""Binary cross-entropy on logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, softplus
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """−y log σ(z) − (1 − y) log(1 − σ(z)) = log(1 + exp z) − y z for each output z with a target y from 0 to 1."""

    type: ClassVar[str] = "binary_cross_entropy"
    also_called: ClassVar[tuple[str, ...]] = ("binary_crossentropy", "bce", "BCEWithLogitsLoss", "BCELoss", "logistic")
    contains: ClassVar[str] = "sigmoid"

    def predictions(self, outputs: NDArray[np.generic], axis: int) -> NDArray[np.generic]:
        """1 where it is likelier than 0: a logit above 0 is a probability above a half."""
        return (np.asarray(outputs, np.float64) > 0).astype(np.intp)

    def terms(self, out: Expression, site: LossSite) -> Expression:
        return softplus(out) - site.rows(out, "probabilities") * out
