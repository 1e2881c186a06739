"""What the activations share: each is a function of one expression, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine import Expression
from chainruler.networks.layers.layer import Layer

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Activation(Layer):
    """A layer that acts on each entry by itself."""

    def of(self, x: Expression) -> Expression:
        """The function."""
        raise NotImplementedError

    def outputs(self, x: Expression, site: Site) -> Expression:
        return self.of(x)
