"""Layer normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, mean, sqrt
from chainruler.networks.layers.layer import Parametrised
from chainruler.networks.reading import Positive

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class LayerNorm(Parametrised):
    """gamma ⊙ (x − mean) / √(var + eps) + beta, mean and variance taken over the features of each sample."""

    type: ClassVar[str] = "layer_norm"
    also_called: ClassVar[tuple[str, ...]] = ("LayerNormalization",)
    fields_also_called: ClassVar[dict[str, str]] = {"epsilon": "eps"}
    letters: ClassVar[dict[str, str]] = {"weight": "gamma", "bias": "beta"}

    eps: Positive = 1e-5

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.1)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        axis, count = site.plan.feature_axis, site.plan.features(x)
        centred = site.line("C", x - mean(x, axis, keepdims=True))
        variance = site.line("V", mean(centred**2, axis, keepdims=True))
        normal = site.line("H", centred / sqrt(variance + self.eps))
        why = f"{site.Title} gets {count} features, so"
        gamma = site.parameter("weight", "gamma", (count,), why, role="scale")
        beta = site.parameter("bias", "beta", (count,), why)
        return site.plan.along_features(gamma) * normal + site.plan.along_features(beta)
