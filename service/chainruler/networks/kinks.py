"""How near the numbers are to a kink, where a gradient jumps and a difference quotient says something else.

Kinks are found in the expressions, so that no layer or loss has to state its own.
"""

from __future__ import annotations

from collections.abc import Callable

from chainruler.engine import Expression, System, absolute, equal, max_of, topological, where

FAR = 1e30


def margins(system: System) -> dict[str, list[Expression]]:
    """For every line that has kinks, the distance of its nearest entry from each: a number in the system's symbols."""
    found = {name: [_least(margin) for margin in _margins_of(line)] for name, line in system}
    return {name: distances for name, distances in found.items() if distances}


def _margins_of(line: Expression) -> list[Expression]:
    return [
        MARGINS[n.primitive.name](n) for n in topological([line]) if n.primitive.name in MARGINS and not _is_fixed(n)
    ]


def _is_fixed(node: Expression) -> bool:
    """Whether whole numbers alone are compared: they do not move."""
    return all(arg.kind == "index" for arg in node.args if arg.args or arg.shape)


def _least(x: Expression) -> Expression:
    return -max_of(-x) if x.shape else x


def _of_two(node: Expression) -> Expression:
    left, right = node.args
    return absolute(left - right)


def _of_one(node: Expression) -> Expression:
    return absolute(node.args[0])


def _of_largest(node: Expression) -> Expression:
    """How far the second largest entry is below the largest."""
    (x,) = node.args
    top = max_of(x, node.primitive.axes, keepdims=True)  # type: ignore[attr-defined]
    return where(equal(x, top), FAR, top - x)


MARGINS: dict[str, Callable[[Expression], Expression]] = {
    "relu": _of_one,
    "abs": _of_one,
    "sign": _of_one,
    "compare": _of_two,
    "maximum": _of_two,
    "minimum": _of_two,
    "max": _of_largest,
}
"""The distance from the kink of each primitive that has one."""
