"""Cases of sliding windows, against loops over them."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp

from chainruler import engine as e
from tests.engine.cases import Case, Operand


def slices(x: Any, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Any:
    """The windows of an image, one loop per window."""
    lead = [(0, 0)] * (x.ndim - 2)
    x = anp.pad(x, [*lead, (padding[0], padding[0]), (padding[1], padding[1])], "constant")
    tops = range(0, x.shape[-2] - kernel[0] + 1, stride[0])
    lefts = range(0, x.shape[-1] - kernel[1] + 1, stride[1])
    cut = [
        anp.reshape(x[..., i : i + kernel[0], j : j + kernel[1]], (*x.shape[:-2], kernel[0] * kernel[1]))
        for i in tops
        for j in lefts
    ]
    return anp.stack(cut, axis=-1)


def put_back(x: Any, image: tuple[int, int], *options: Any) -> Any:
    """The adjoint of `slices`, by the matrix that `slices` is."""
    flat = image[0] * image[1]
    matrix = slices(anp.reshape(anp.eye(flat), (flat, *image)), *options)
    return anp.reshape(anp.einsum("...kw,pkw->...p", x, matrix), (*x.shape[:-2], *image))


OPTIONS: list[tuple[tuple[int, int], tuple[int, int], tuple[int, int]]] = [
    ((2, 3), (1, 1), (0, 0)),
    ((2, 2), (2, 1), (1, 0)),
    ((3, 2), (1, 2), (1, 1)),
    ((1, 1), (1, 1), (0, 0)),
    ((1, 1), (2, 3), (0, 0)),
    ((4, 5), (1, 1), (0, 0)),
    ((6, 5), (1, 1), (1, 0)),
]


def windows() -> list[Case]:
    """Windows over 4 × 5 images, and their adjoints."""
    cases = []
    for kernel, stride, padding in OPTIONS:
        options = (kernel, stride, padding)
        title = "-".join(f"{a}{b}" for a, b in options)
        count = e.window(e.variable("a", (4, 5)), *options).shape
        cases += [
            Case(
                "window",
                f"{title}-{len(lead)}",
                lambda x, o=options: e.window(x, *o),
                lambda x, o=options: slices(x, *o),
                [Operand((*lead, 4, 5))],
            )
            for lead in ((), ("N", 2))
        ]
        cases += [
            Case(
                "unwindow",
                f"{title}-{len(lead)}",
                lambda x, o=options: e.unwindow(x, (4, 5), *o),
                lambda x, o=options: put_back(x, (4, 5), *o),
                [Operand((*lead, *count))],
            )
            for lead in ((), ("N", 2))
        ]
    return cases


WINDOWS = windows()
