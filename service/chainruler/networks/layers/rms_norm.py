"""Normalisation by the root mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, mean, sqrt
from chainruler.networks.layers.layer import Parametrised
from chainruler.networks.reading import Positive

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class RMSNorm(Parametrised):
    """gamma ⊙ x / √(mean of x² + eps), the mean taken over the features of each sample: no centre and no shift."""

    type: ClassVar[str] = "rms_norm"
    also_called: ClassVar[tuple[str, ...]] = ("RMSNorm", "RMSNormalization", "root_mean_square_norm")
    fields_also_called: ClassVar[dict[str, str]] = {"epsilon": "eps"}
    letters: ClassVar[dict[str, str]] = {"weight": "gamma"}

    eps: Positive = 1e-5

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.1)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        axis, count = site.plan.feature_axis, site.plan.features(x)
        squares = site.line("M", mean(x**2, axis, keepdims=True))
        normal = site.line("H", x / sqrt(squares + self.eps))
        gamma = site.parameter("weight", "gamma", (count,), f"{site.Title} gets {count} features, so", role="scale")
        return site.plan.along_features(gamma) * normal
