"""Cases of reductions, over every choice of axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
from autograd.scipy.special import logsumexp as reference_logsumexp

from chainruler import engine as e
from tests.engine.cases import Case, Operand

ROWS = ("N", 3)


def reductions(primitive: str, build: Callable[..., Any], reference: Callable[..., Any]) -> list[Case]:
    """A reduction over every choice of axes, with the axes kept and not."""
    choices: list[tuple[Any, Any]] = [
        (ROWS, None),
        (ROWS, 0),
        (ROWS, 1),
        (ROWS, -1),
        (("N", 2, 3), (0, 2)),
        (("N", 2, 3), 1),
        (("N", 1), 1),
        ((3,), 0),
        ((1,), None),
    ]
    return [
        Case(
            primitive,
            f"{shape}-{axis}-{keep}".replace(" ", ""),
            lambda x, axis=axis, keep=keep: build(x, axis, keepdims=keep),
            lambda x, axis=axis, keep=keep: reference(x, axis=axis, keepdims=keep),
            [Operand(shape)],
        )
        for shape, axis in choices
        for keep in (False, True)
    ]


def reference_softmax(x: Any, axis: int) -> Any:
    """Exp over its sum."""
    grown = anp.exp(x)
    return grown / anp.sum(grown, axis=axis, keepdims=True)


REDUCTIONS = [
    *reductions("sum", e.sum_of, anp.sum),
    *reductions("max", e.max_of, anp.max),
    *(
        Case(
            name,
            f"{len(shape)}-{axis}{suffix}",
            lambda x, build=build, axis=axis: build(x, axis),
            lambda x, reference=reference, axis=axis: reference(x, axis),
            [Operand(shape)],
        )
        for shape, axis in ((ROWS, -1), (ROWS, 0), ((3,), 0), (("N", 2, 3), 1), (("N", 1), 1))
        for name, suffix, build, reference in (
            ("softmax", "", e.softmax, reference_softmax),
            ("logsumexp", "", e.logsumexp, lambda x, a: reference_logsumexp(x, axis=a)),
            (
                "logsumexp",
                "-kept",
                lambda x, a: e.logsumexp(x, a, keepdims=True),
                lambda x, a: reference_logsumexp(x, axis=a, keepdims=True),
            ),
        )
    ),
]
