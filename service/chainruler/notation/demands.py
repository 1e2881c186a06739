"""What must have a value where a formula has one, even if it cancels out: `0 log(−1)` is not 0, nor `(a−a)/(a−a)` 1."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from chainruler.engine import Expression, ExpressionError, topological
from chainruler.engine.primitives.arithmetic import Power
from chainruler.engine.primitives.elementwise import Exp, Expm1, Log, Log1p

_PARTIAL = (Log, Log1p, Power, Exp, Expm1)
"""Primitives that are not finite everywhere; no other makes infinities of finite numbers."""


class Demands:
    """What a formula divides by and takes logarithms and powers of, gathered while it is read.

    Expressions are in canonical form from birth, in which such a part may be gone; so it is noted when it is built.
    """

    def __init__(self) -> None:
        self._found: dict[Expression, None] = {}
        self._seen: set[Expression] = set()

    def add(self, expression: Expression) -> None:
        """Note the parts of an expression that may be undefined."""
        for node in topological([expression], stop=self._seen.__contains__):
            self._seen.add(node)
            if isinstance(node.primitive, _PARTIAL):
                self._found[node] = None

    def add_divisor(self, expression: Expression) -> None:
        """Note that the formula divides by an expression."""
        with suppress(ExpressionError):  # the division itself is refused for it
            self.add(expression**-1)

    def replace(self, change: Callable[[Expression], Expression]) -> None:
        """Put something else in the place of each: when a sum closes, all of its samples at once."""
        found, self._found = self._found, {}
        self._seen = set()
        for node in found:
            with suppress(ExpressionError):  # where the piece does not fit, neither does the summand
                self.add(change(node))

    def besides(self, root: Expression) -> tuple[Expression, ...]:
        """What is noted and no part of the whole any more."""
        if not self._found:
            return ()
        kept = set(topological([root]))
        return tuple(node for node in self._found if node not in kept)
