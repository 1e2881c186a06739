"""The flatten layer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chainruler.engine import Expression, reshape
from chainruler.networks.layers.layer import Layer

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Flatten(Layer):
    """The entries of each sample in one row."""

    type: ClassVar[str] = "flatten"
    symbol: ClassVar[str] = "F"
    rows_only: ClassVar[bool] = True
    example_input: ClassVar[tuple[int, ...]] = (2, 3, 2)

    def outputs(self, x: Expression, site: Site) -> Expression:
        return reshape(x, site.plan.batch(math.prod(site.plan.sample_shape(x))))
