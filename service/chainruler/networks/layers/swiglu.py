"""The gated linear unit of transformers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, sigmoid
from chainruler.networks.layers.affine import Affine

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class SwiGLU(Affine):
    """z σ(z) ⊙ u with the gate z = W x + b and the values u = V x + c, each with this many units.

    A linear layer behind it makes the feed-forward block of a transformer. Its parameters are `weight` and `bias` of
    the gate, `value_weight` and `value_bias`.
    """

    type: ClassVar[str] = "swiglu"
    symbol: ClassVar[str] = "A"
    also_called: ClassVar[tuple[str, ...]] = ("SwiGLU", "glu", "GLU", "gated_linear_unit")
    fields_also_called: ClassVar[dict[str, str]] = {"hidden_features": "units", "size": "units", "use_bias": "bias"}
    letters: ClassVar[dict[str, str]] = {"weight": "W", "bias": "b", "value_weight": "V", "value_bias": "c"}

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(4), cls(4, bias=False)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        gate = site.line("Z", self.sums(x, site))
        values = site.line("U", self.sums(x, site, "value_weight", "value_bias"))
        return gate * sigmoid(gate) * values
