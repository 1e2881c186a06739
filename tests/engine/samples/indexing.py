"""Cases of what is picked by index."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp

from chainruler import engine as e
from tests.engine.cases import Case, Operand

ROWS = ("N", 3)


def hot(index: Any, classes: int) -> Any:
    """One-hot rows."""
    return 1.0 * (anp.expand_dims(index, -1) == anp.arange(classes))


def picks(shape: tuple[Any, ...], classes: int) -> Operand:
    """An operand of indices."""
    return Operand(shape, high=classes, kind="index")


def _put(x: Any, index: Any) -> Any:
    """Rows added at their index: sums over one-hot rows."""
    return anp.einsum("nk,nd->kd", hot(index, 4), x)


def scatter(x: e.Expression, index: e.Expression, axis: int) -> e.Expression:
    """Slices put at their index, as differentiating a gather makes it."""
    return e.Primitive.registry["scatter"](axis, 4, index.ndim)(x, index)  # type: ignore[call-arg]


INDEXING = [
    Case(
        "onehot", "rows", lambda x, i: e.onehot(i, 3) * x, lambda x, i: hot(i, 3) * x, [Operand(ROWS), picks(("N",), 3)]
    ),
    Case("onehot", "single", lambda x, i: e.onehot(i, 1) * x, lambda x, i: x, [Operand(("N", 1)), picks(("N",), 1)]),
    Case(
        "onehot",
        "stack",
        lambda x, i: e.onehot(i, 3) - x,
        lambda x, i: hot(i, 3) - x,
        [Operand(("N", 2, 3)), picks(("N", 2), 3)],
    ),
    Case(
        "select",
        "rows",
        e.select,
        lambda x, i: x[anp.arange(len(i)), i],
        [Operand(ROWS), picks(("N",), 3)],
    ),
    Case("select", "vector", e.select, lambda x, i: x[i], [Operand((3,)), picks((), 3)]),
    Case(
        "select",
        "stack",
        e.select,
        lambda x, i: anp.sum(x * hot(i, 3), -1),
        [Operand(("N", 2, 3)), picks(("N", 2), 3)],
    ),
    Case("gather", "rows", e.gather, lambda t, i: t[i], [Operand((4, 3)), picks(("N",), 4)]),
    Case("gather", "entries", e.gather, lambda t, i: t[i], [Operand((4,)), picks(("N",), 4)]),
    Case("gather", "one", e.gather, lambda t, i: t[i], [Operand((4, 3)), picks((), 4)]),
    Case("gather", "pairs", e.gather, lambda t, i: t[i], [Operand((4, 3)), picks(("N", 2), 4)]),
    Case(
        "gather",
        "columns",
        lambda t, i: e.gather(t, i, axis=1),
        lambda t, i: t[:, i],
        [Operand((2, 4, 3)), picks(("N",), 4)],
    ),
    Case(
        "gather",
        "last",
        lambda t, i: e.gather(t, i, axis=-1),
        lambda t, i: t[:, i],
        [Operand((2, 4)), picks(("N",), 4)],
    ),
    Case("scatter", "rows", lambda x, i: scatter(x, i, -2), _put, [Operand(ROWS), picks(("N",), 4)]),
    Case(
        "scatter",
        "last",
        lambda x, i: scatter(x, i, -1),
        lambda x, i: x @ hot(i, 4),
        [Operand((2, "N")), picks(("N",), 4)],
    ),
]
