"""Cases of products, rearrangements and joints."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp

from chainruler import engine as e
from chainruler.engine.primitives.permuting import permuted
from tests.engine.cases import Case, Operand

ROWS = ("N", 3)
STACK = Operand(("N", 2, 3))

MATMUL_SHAPES: dict[str, tuple[Any, Any]] = {
    "matrices": (("N", 3), (3, 2)),
    "over-samples": ((3, "N"), ("N", 2)),
    "vectors": ((3,), (3,)),
    "matrix-vector": (("N", 3), (3,)),
    "vector-matrix": ((3,), (3, 2)),
    "stacks": (("N", 2, 3), ("N", 3, 4)),
    "stack-matrix": (("N", 2, 3), (3, 4)),
    "matrix-stack": ((2, 3), ("N", 3, 4)),
    "stack-vector": (("N", 2, 3), (3,)),
    "vector-stack": ((3,), ("N", 3, 4)),
    "deep-stack-vector": ((2, "N", 4, 3), (3,)),
    "vector-deep-stack": ((3,), (2, 1, "N", 3, 4)),
    "broadcast-stacks": (("N", 1, 2, 3), (4, 3, 2)),
    "ones": (("N", 1), (1, 1)),
}

PRODUCTS = [
    *(Case("matmul", t, e.matmul, anp.matmul, [Operand(a), Operand(b)]) for t, (a, b) in MATMUL_SHAPES.items()),
    Case("outer", "vectors", e.outer, anp.outer, [Operand(("N",)), Operand((3,))]),
    Case("outer", "single", e.outer, anp.outer, [Operand((1,)), Operand((3,))]),
]

SHAPING = [
    Case("transpose", "matrix", lambda x: x.T, anp.transpose, [Operand(ROWS)]),
    Case("transpose", "stack", lambda x: x.T, lambda x: anp.swapaxes(x, -1, -2), [Operand(("N", 2, 3))]),
    Case("permute", "turned", lambda x: permuted(x, (2, 0, 1)), lambda x: anp.transpose(x, (2, 0, 1)), [STACK]),
    Case("permute", "reversed", lambda x: permuted(x, (2, 1, 0)), lambda x: anp.transpose(x, (2, 1, 0)), [STACK]),
    Case(
        "permute",
        "twice",
        lambda x: permuted(e.exp(permuted(x, (0, 3, 1, 2))), (0, 2, 1, 3)),
        lambda x: anp.exp(anp.transpose(x, (0, 1, 3, 2))),
        [Operand(("N", 2, 3, 4))],
    ),
    Case(
        "reshape",
        "stack",
        lambda x: e.reshape(x, ("N", 6)),
        lambda x: anp.reshape(x, (len(x), 6)),
        [Operand(("N", 2, 3))],
    ),
    Case("reshape", "vector", lambda x: e.reshape(x, (2, 1, 3)), lambda x: anp.reshape(x, (2, 1, 3)), [Operand((6,))]),
    Case(
        "broadcast",
        "vector",
        lambda x: e.exp(e.broadcast_to(x, (4, 2, 3))),
        lambda x: anp.exp(x + anp.zeros((4, 2, 3))),
        [Operand((3,))],
    ),
    Case(
        "broadcast",
        "column",
        lambda x: e.broadcast_to(x, (2, "N", 3)),
        lambda x: x + anp.zeros((2, len(x), 3)),
        [Operand(("N", 1))],
    ),
    Case("broadcast", "scalar", lambda x: e.broadcast_to(x, (2, 3)), lambda x: x * anp.ones((2, 3)), [Operand(())]),
    Case("identity", "times", lambda x: e.identity(3) + x, lambda x: anp.eye(3) + x, [Operand((3, 3))]),
    Case("diagonal", "vector", e.diag, lambda x: x * anp.eye(3), [Operand((3,))]),
    Case("diagonal", "rows", e.diag, lambda x: anp.expand_dims(x, -1) * anp.eye(3), [Operand(ROWS)]),
    Case("size", "mean", e.mean, anp.mean, [Operand(ROWS)]),
    Case("constant", "scaled", lambda x: 2.5 * x - 0.75, lambda x: 2.5 * x - 0.75, [Operand(ROWS)]),
    Case("variable", "itself", lambda x: x, lambda x: 1.0 * x, [Operand(ROWS)]),
]

JOINING = [
    Case(
        "concatenate",
        "features",
        lambda a, b: e.concatenate([a, b]),
        lambda a, b: anp.concatenate([a, b], -1),
        [Operand(ROWS), Operand(("N", 2))],
    ),
    Case(
        "concatenate",
        "first",
        lambda a, b: e.concatenate([a, 2 * b, a], axis=0),
        lambda a, b: anp.concatenate([a, 2 * b, a], 0),
        [Operand((2, 3)), Operand((1, 3))],
    ),
    Case("slice", "features", lambda x: e.part_of(x, 1, 3), lambda x: x[..., 1:3], [Operand(("N", 4))]),
    Case("slice", "start", lambda x: e.part_of(x, 0, 2), lambda x: x[..., :2], [Operand(("N", 4))]),
    Case("slice", "end", lambda x: e.part_of(x, 2, 4), lambda x: x[..., 2:], [Operand(("N", 4))]),
    Case("slice", "middle", lambda x: e.part_of(x, 1, 2, axis=0), lambda x: x[1:2], [Operand((3, "N"))]),
]
