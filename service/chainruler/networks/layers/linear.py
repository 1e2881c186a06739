"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression
from chainruler.networks.errors import SpecError
from chainruler.networks.layers.affine import Affine
from chainruler.networks.layers.layer import Layer

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Linear(Affine):
    """Weighted sums of the features, Z = X Wᵀ + b; with layout "in_out", Z = X W + b.

    `parameters` names its arrays, as in `{"weight": "W"}`. Layers that name the same array share it, whose gradient is
    then the sum over all of them; `"W.T"` is its transpose, as in an autoencoder with tied weights.
    """

    type: ClassVar[str] = "linear"
    also_called: ClassVar[tuple[str, ...]] = (
        "Dense",
        "dense",
        "fully_connected",
        "fc",
        "affine",
        "Gemm",
        "InnerProduct",
    )
    fields_also_called: ClassVar[dict[str, str]] = {"out_features": "units", "size": "units", "use_bias": "bias"}

    activation: str | None = None

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(4), cls(4, bias=False), cls(4, activation="tanh"), cls(4, name="classes")]

    def unfolded(self) -> tuple[Layer, ...]:
        if self.activation is None:
            return (self,)
        try:
            after = Layer.read({"type": self.activation})
        except SpecError as error:
            raise SpecError(error.code, "/activation", error.message, error.hint) from None
        return (replace(self, activation=None), after)

    def outputs(self, x: Expression, site: Site) -> Expression:
        return self.sums(x, site)
