"""How near the numbers are to a kink, where a gradient jumps and a difference quotient says something else.

Kinks are found in the expressions, by their primitives, so that no layer or loss has to state its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from chainruler.engine import Expression, System, max_of, topological, variables


def margins(system: System, still: Iterable[Expression] = ()) -> dict[str, list[Expression]]:
    """For every line that has kinks, the distance of its nearest entry from each: a number in the system's symbols.

    What is made of nothing but inputs that stand still, such as targets, crosses no kink.
    """
    resting, found = set(still), {}
    for name, line in system:
        if resting and resting.issuperset(variables([line])):
            resting.add(system.symbol(name))
        else:
            found[name] = [_least(margin) for margin in _margins_of(line)]
    return {name: distances for name, distances in found.items() if distances}


def _margins_of(line: Expression) -> list[Expression]:
    moving = [node for node in topological([line]) if not _is_fixed(node)]
    return [margin for node in moving if (margin := node.primitive.margin(node)) is not None]


def _is_fixed(node: Expression) -> bool:
    """Whether whole numbers alone are compared: they do not move."""
    return all(arg.kind == "index" for arg in node.args if arg.args or arg.shape)


def _least(x: Expression) -> Expression:
    return -max_of(-x) if x.shape else x
