"""The derivative φ′(z) of a function that acts on each entry by itself."""

from __future__ import annotations

from collections.abc import Mapping

from chainruler.engine import (
    Expression,
    ExpressionError,
    broadcast_to,
    jacobian,
    label_of,
    substitute,
    topological,
    variable,
    variables,
    vjp,
)
from chainruler.engine.expression import Variable
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.notation.formula import Function


def derivative(function: Function) -> Function:
    """The function's derivative, entry by entry; ExpressionError if an entry of it depends on other entries."""

    def differentiated(z: Expression) -> Expression:
        place = variable("z'", z.shape)
        value = function(place)
        depending = {place}
        for node in topological([value]):
            if not depending.isdisjoint(node.args):
                depending.add(node)
                if not isinstance(node.primitive, Elementwise) or node.shape != z.shape:
                    raise ExpressionError(
                        "A prime needs a function that acts on each entry by itself, and this one mixes entries."
                    )
        (slope,) = vjp([value], [broadcast_to(1, value.shape)], [place])
        return substitute([slope], {place: z})[0]

    return differentiated


def opened(of: Expression, by: Expression, lines: Mapping[Expression, Expression]) -> Expression:
    """An expression written down to a symbol: the lines of everything between them are put in."""
    if not isinstance(by.primitive, Variable):
        raise ExpressionError("A derivative is by a symbol of the problem.")
    written, before = of, None
    while written is not before:
        before = written
        between = {v: lines[v] for v in variables([written]) if v is not by and v in lines and v.kind == "real"}
        (written,) = substitute([written], between)
    if by not in variables([written]):
        raise ExpressionError(f"This does not depend on {label_of(by)}.")
    return written


def tensor(of: Expression, by: Expression, lines: Mapping[Expression, Expression]) -> Expression:
    """Every entry's derivative by every entry: the axes of the one, then those of the other."""
    return jacobian(opened(of, by, lines), by)
