"""What the layers on images share: their size, and how many windows fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainruler.engine import Expression, show_shape

if TYPE_CHECKING:
    from chainruler.networks.site import Site

Pair = tuple[int, int]


def image_of(x: Expression, site: Site) -> tuple[int, int, int]:
    """Channels, height and width of each sample."""
    shape = site.plan.sample_shape(x)
    if len(shape) != 3:
        message = f"{site.Title} needs images (samples, channels, height, width), but gets {show_shape(x.shape)}."
        raise site.refuse("wrong_shape", message)
    return shape


def windows(x: Expression, kernel: Pair, stride: Pair, padding: Pair, site: Site) -> Pair:
    """How many windows fit below and beside each other."""
    _, *image = image_of(x, site)
    counts = [(d + 2 * p - k) // s + 1 for d, k, s, p in zip(image, kernel, stride, padding, strict=True)]
    if min(counts) < 1:
        message = (
            f"{site.Title} has a window of {show_shape(kernel)}, which does not fit into {show_shape(tuple(image))}."
        )
        raise site.refuse("wrong_shape", message)
    return counts[0], counts[1]
