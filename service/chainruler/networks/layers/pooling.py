"""What the pooling layers share: windows over each channel of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, reshape, window
from chainruler.networks.layers.images import windows
from chainruler.networks.layers.layer import Layer
from chainruler.networks.reading import Size2d, pair

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Pooling(Layer):
    """One number for each window of each channel; windows lie side by side unless a stride is given."""

    symbol: ClassVar[str] = "P"
    rows_only: ClassVar[bool] = True
    example_input: ClassVar[tuple[int, ...]] = (2, 5, 4)
    fields_also_called: ClassVar[dict[str, str]] = {"pool_size": "kernel_size", "strides": "stride"}

    kernel_size: Size2d = 2
    stride: Size2d | None = None

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls((3, 2), stride=1)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        kernel, stride = pair(self.kernel_size), pair(self.stride or self.kernel_size)
        counts = windows(x, kernel, stride, (0, 0), site)
        return reshape(self.pooled(window(x, kernel, stride)), (*x.shape[:-2], *counts))

    def pooled(self, entries: Expression) -> Expression:
        """One number for the entries (…, entries, windows) of each window."""
        raise NotImplementedError
