"""Where an expression switches, as a comparison, a clip or a ReLU does, and the numbers that are written out in it."""

from __future__ import annotations

from collections.abc import Iterable

from chainruler.engine import Expression, topological, variables
from chainruler.engine.expression import Number
from chainruler.engine.primitives.arithmetic import Add, Multiply
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.engine.primitives.gates import Switching
from chainruler.engine.primitives.reductions import LogSumExp, Max, Softmax
from chainruler.engine.simplify import value_of

GUARD = 1e-6
"""Numbers nearer than this to 0, 1 or −1 keep logarithms and divisions from failing, and mean nothing else."""
COMMON = frozenset({0, 1, 2, 0.5, -1, -2, -0.5})
MOST_NUMBERS = 8
_CURVED = (Max, Softmax, LogSumExp)
"""Those primitives besides the elementwise ones; sums and products are not."""


def switches_of(expressions: Iterable[Expression]) -> list[Expression]:
    """What is above zero on one side of each switch and below on the other."""
    found: dict[Expression, None] = {}
    for node in topological(expressions):
        primitive = node.primitive
        if isinstance(primitive, Switching) and not any(a.kind == "index" or _is_guard(a) for a in node.args):
            found[primitive.switch(node)] = None
    return [margin for margin in found if variables([margin])]


def asks_of(expression: Expression, factors: set[Expression]) -> bool:
    """Whether it has a switch that only sizes, and these factors, turn: `(N < 50)`, `(lam > 1)`."""
    switches = (node for node in topological([expression]) if isinstance(node.primitive, Switching))
    return any(factors.issuperset(variables([node])) for node in switches)


def _is_guard(node: Expression) -> bool:
    value = value_of(node)
    return value is not None and any(0 < abs(float(value) - whole) < GUARD for whole in (0, 1, -1))


def offsets_of(expression: Expression, right: Expression) -> list[Expression]:
    """A formula's sums with a written number that the right line has not: something may happen where they are 0."""
    known = set(topological([right]))
    sums = [node for node in topological([expression]) if isinstance(node.primitive, Add) and node not in known]
    return [node for node in sums if any(map(_is_odd, map(value_of, node.args)))][:MOST_NUMBERS]


def may_hide(expression: Expression, right: Expression) -> bool:
    """Whether a curved or switching part of a formula holds a number that the right line has not.

    Such a part may be next to nothing for numbers of the usual size.
    """
    known, holding = set(topological([right])), set[Expression]()
    for node in topological([expression]):
        if node in known:
            continue
        value = value_of(node)
        if _is_odd(value) or not holding.isdisjoint(node.args):
            holding.add(node)
        if value is None and node in holding and _is_curved(node):
            return True
    return has_tiny_factor(expression)


def _is_curved(node: Expression) -> bool:
    elementwise = isinstance(node.primitive, Elementwise) and not isinstance(node.primitive, Add | Multiply)
    return elementwise or isinstance(node.primitive, _CURVED)


def has_tiny_factor(expression: Expression) -> bool:
    """Whether a term has a factor that hides it at numbers of the usual size."""
    products = (node.args for node in topological([expression]) if isinstance(node.primitive, Multiply))
    values = [value_of(factors[0]) for factors in products]
    return any(value is not None and abs(float(value)) < GUARD for value in values)


def _is_odd(value: Number | None) -> bool:
    """Whether a number is none of those that belong to formulas, and no guard."""
    return (
        value is not None and value not in COMMON and abs(float(value)) > GUARD and abs(abs(float(value)) - 1) > GUARD
    )


def numbers_of(expression: Expression, right: Expression) -> list[float]:
    """The numbers of a formula that the right line has not, and that are no usual factors."""
    known = set(topological([right]))
    values = [value_of(node) for node in topological([expression]) if node not in known]
    return sorted({abs(float(value)) for value in values if value is not None and _is_odd(value)})[:MOST_NUMBERS]
