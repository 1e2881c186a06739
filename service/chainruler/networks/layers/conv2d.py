"""Convolution in two dimensions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field

from chainruler.engine import Expression, reshape, show_shape, window
from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.layers.images import image_of, windows
from chainruler.networks.layers.layer import Layer, Parametrised
from chainruler.networks.reading import Count, OneForm, Pair, Size2d, pair

if TYPE_CHECKING:
    from chainruler.networks.site import Site

Padding = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Conv2d(Parametrised):
    """Z[n, o] = Σ_c W[o, c] ⋆ X[n, c] + b[o], the cross-correlation, on images (N, C, H, W); W is (out, in, kh, kw)."""

    type: ClassVar[str] = "conv2d"
    also_called: ClassVar[tuple[str, ...]] = ("Conv2D", "conv", "Convolution2D")
    fields_also_called: ClassVar[dict[str, str]] = {"filters": "out_channels", "strides": "stride", "use_bias": "bias"}
    rows_only: ClassVar[bool] = True
    example_input: ClassVar[tuple[int, ...]] = (2, 5, 4)

    out_channels: Count | None = None
    kernel_size: Size2d | None = None
    stride: Size2d = 1
    padding: Annotated[Padding | Pair[Padding], OneForm] = 0
    bias: bool = True
    activation: str | None = None

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(3, 2), cls(2, (3, 2), stride=(2, 1), padding=1, bias=False), cls(3, 2, activation="tanh")]

    def unfolded(self) -> tuple[Layer, ...]:
        if self.activation is None:
            return (self,)
        return (replace(self, activation=None), Layer.read({"type": self.activation}))

    def outputs(self, x: Expression, site: Site) -> Expression:
        channels, _, _ = image_of(x, site)
        given = site.given("weight", "W")
        if given is not None and len(given) != 4:
            name = site.parameter_name("weight", "W")
            message = f"parameters.{name} has shape {show_shape(given)}, but (out, in, height, width) is needed."
            raise SpecError("wrong_shape", pointer("parameters", name), message)
        out = self.out_channels or (given and int(given[0]))
        kernel = pair(self.kernel_size) if self.kernel_size else (given and (int(given[2]), int(given[3])))
        if not out or not kernel:
            hint = f'Give "out_channels" and "kernel_size", or send parameters.{site.parameter_name("weight", "W")}.'
            raise site.refuse(
                "missing_field", f"How many channels and which kernel {site.title} has is not said.", hint
            )
        return self._convolved(x, channels, out, kernel, site)

    def _convolved(self, x: Expression, channels: int, out: int, kernel: tuple[int, int], site: Site) -> Expression:
        rows, columns = windows(x, kernel, pair(self.stride), pair(self.padding), site)
        entries = channels * kernel[0] * kernel[1]
        why = f"{site.Title} gets {channels} channels and gives {out}, so"
        fans = (entries, out * kernel[0] * kernel[1])
        weight = site.parameter("weight", "W", (out, channels, *kernel), why, role="weight", fans=fans)
        lead = x.shape[:-3]
        patches = reshape(window(x, kernel, pair(self.stride), pair(self.padding)), (*lead, entries, rows * columns))
        summed = reshape(weight, (out, entries)) @ patches
        if self.bias:
            summed = summed + reshape(site.parameter("bias", "b", (out,), why, fans=fans), (out, 1))
        return reshape(summed, (*lead, out, rows, columns))
