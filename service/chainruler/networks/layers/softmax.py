"""The softmax layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression, softmax
from chainruler.networks.layers.layer import Layer

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Softmax(Layer):
    """exp(x) over its sum along the features: probabilities."""

    type: ClassVar[str] = "softmax"

    def outputs(self, x: Expression, site: Site) -> Expression:
        return softmax(x, site.plan.feature_axis)
