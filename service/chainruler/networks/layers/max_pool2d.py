"""The MaxPool2d layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, max_of
from chainruler.networks.layers.pooling import Pooling


@dataclass(frozen=True)
class MaxPool2d(Pooling):
    """The largest entry of each window; entries that tie share the derivative."""

    type: ClassVar[str] = "max_pool2d"
    also_called: ClassVar[tuple[str, ...]] = ("MaxPooling2D", "MaxPool2d")

    def pooled(self, entries: Expression) -> Expression:
        return max_of(entries, -2)
