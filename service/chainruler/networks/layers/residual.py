"""The residual block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, show_shape
from chainruler.networks.layers.layer import Layer

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Residual(Layer):
    """x + f(x), where f is the layers inside."""

    type: ClassVar[str] = "residual"
    symbol: ClassVar[str] = "S"
    also_called: ClassVar[tuple[str, ...]] = ("skip", "shortcut", "resnet_block")

    layers: tuple[Layer, ...]

    @classmethod
    def examples(cls) -> list[Self]:
        parts = [{"type": "linear", "units": 5}, {"type": "tanh"}, {"type": "linear", "units": 5}]
        return [cls(tuple(Layer.read(part) for part in parts))]

    @property
    def couples_samples(self) -> bool:
        return any(layer.couples_samples for layer in self.layers)

    def outputs(self, x: Expression, site: Site) -> Expression:
        inner = site.through(self.layers, x)
        if inner.shape != x.shape:
            message = (
                f"{site.Title} adds its input {show_shape(x.shape)} to what its layers give, {show_shape(inner.shape)}."
            )
            raise site.refuse("wrong_shape", message, "The layers inside must give the shape that they get.")
        return x + inner
