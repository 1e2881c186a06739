"""Cases of what acts on each entry by itself."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
from autograd.scipy.special import erf as reference_erf

from chainruler import engine as e
from tests.engine.cases import Case, Operand

ROWS = ("N", 3)
SHAPES = {"scalar": (), "vector": (3,), "rows": ROWS, "stack": ("N", 2, 3), "single": (1,), "column": ("N", 1)}
PAIRS = {
    "alike": (ROWS, ROWS),
    "row-vector": (ROWS, (3,)),
    "vector-row": ((3,), ROWS),
    "column-row": (("N", 1), (1, 3)),
    "column-pair": (("N", 1), (2,)),
    "scalar-rows": ((), ROWS),
    "rows-scalar": (ROWS, ()),
    "stack-column": ((2, "N", 3), ("N", 1)),
    "scalars": ((), ()),
    "single-vector": ((1,), (3,)),
}


def unary(
    primitive: str, build: Callable[..., Any], reference: Callable[..., Any], low: float = -2.0, high: float = 2.0
) -> list[Case]:
    """A function of one operand, over all shapes."""
    return [Case(primitive, title, build, reference, [Operand(s, low, high)]) for title, s in SHAPES.items()]


def binary(primitive: str, build: Callable[..., Any], reference: Callable[..., Any], low: float = -2.0) -> list[Case]:
    """A function of two operands, over all ways to broadcast."""
    pairs = PAIRS.items()
    return [
        Case(primitive, t, build, reference, [Operand(left, low), Operand(right, low)]) for t, (left, right) in pairs
    ]


def softplus(x: Any) -> Any:
    """log(1 + exp(x))."""
    return anp.logaddexp(0.0, x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + anp.exp(-x))


def switch(gate: Any, on: Any, off: Any) -> Any:
    """`on` where the gate holds, else `off`; autograd's own `where` does not sum over what it broadcasts."""
    return gate * on + (1.0 - gate) * off


def power(exponent: float, low: float) -> list[Case]:
    """A power, by the sign of the base that it allows."""
    cases = unary("power", lambda x: x**exponent, lambda x: x**exponent, low)
    return [Case("power", f"{exponent}-{c.title}", c.build, c.reference, c.operands) for c in cases]


ELEMENTWISE = [
    *unary("exp", e.exp, anp.exp),
    *unary("expm1", e.expm1, anp.expm1),
    *unary("log", e.log, anp.log, 0.2),
    *unary("log1p", e.log1p, anp.log1p, -0.8),
    *unary("sin", e.sin, anp.sin),
    *unary("cos", e.cos, anp.cos),
    *unary("tanh", e.tanh, anp.tanh),
    *unary("sigmoid", e.sigmoid, sigmoid),
    *unary("softplus", e.softplus, softplus),
    *unary("erf", e.erf, reference_erf),
    *unary("relu", e.relu, lambda x: switch(x > 0, x, 0.0)),
    *unary("abs", e.absolute, anp.abs),
    *unary("sign", lambda x: e.sign(x) * x**2, lambda x: anp.sign(x) * x**2),
    *(case for exponent in (2, 3, -1, -2, 5, 17, -16) for case in power(exponent, -2.0)),
    *(case for exponent in (0.5, 1.5, -0.5) for case in power(exponent, 0.2)),
    *binary("add", operator.add, operator.add),
    *binary("add", operator.sub, operator.sub),
    *binary("multiply", operator.mul, operator.mul),
    *binary("multiply", operator.truediv, operator.truediv, 0.2),
    *binary("multiply", lambda a, b: 1 / (a * b), lambda a, b: 1 / (a * b), 0.2),
    *binary("maximum", e.maximum, anp.maximum),
    *binary("minimum", e.minimum, anp.minimum),
    *binary("compare", lambda a, b: (a > b) * a, lambda a, b: switch(a > b, a, 0.0)),
    *binary("compare", lambda a, b: (a <= b) * b + a, lambda a, b: switch(a <= b, b, 0.0) + a),
    *binary("compare", lambda a, b: e.equal(a, b) + (a < b) - (a >= b) * b, lambda a, b: switch(a < b, 1.0, -b)),
    *binary("where", lambda a, b: e.where(a > b, 3.0, 2.0) * a, lambda a, b: switch(a > b, 3.0, 2.0) * a),
    *binary("where", lambda a, b: e.where(a > 0, b, a), lambda a, b: switch(a > 0, b, a)),
    *binary("where", lambda a, b: e.where(a + b > 0, b**2, 2.0), lambda a, b: switch(a + b > 0, b**2, 2.0)),
]
