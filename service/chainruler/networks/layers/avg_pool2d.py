"""The AvgPool2d layer."""

from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, mean
from chainruler.networks.layers.pooling import Pooling


@dataclass(frozen=True)
class AvgPool2d(Pooling):
    """The mean of each window."""

    type: ClassVar[str] = "avg_pool2d"
    also_called: ClassVar[tuple[str, ...]] = ("AveragePooling2D", "AvgPool2d")

    def pooled(self, entries: Expression) -> Expression:
        return mean(entries, -2)
