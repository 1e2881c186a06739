"""The derivative φ′(z) of a function that acts on each entry by itself."""

from __future__ import annotations

from chainruler.engine import Expression, ExpressionError, broadcast_to, substitute, topological, variable, vjp
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
