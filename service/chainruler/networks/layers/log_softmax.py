"""The log-softmax layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression, logsumexp
from chainruler.networks.layers.layer import Layer

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class LogSoftmax(Layer):
    """x − log Σ exp(x) along the features: the logarithms of probabilities."""

    type: ClassVar[str] = "log_softmax"
    also_called: ClassVar[tuple[str, ...]] = ("logsoftmax",)

    def outputs(self, x: Expression, site: Site) -> Expression:
        return x - logsumexp(x, site.plan.feature_axis, keepdims=True)
