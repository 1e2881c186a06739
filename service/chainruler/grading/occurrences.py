"""Where something stands in an expression, and the expression with something else in that one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from chainruler.engine import Expression, ExpressionError, Primitive, broadcast_to

Path: TypeAlias = tuple[int, ...]
"""Which operand to go to, from the whole down to the place."""

MOST_PLACES = 200
"""Of a longer expression the first places are looked at; lines of a derivation are short."""


class Occurrence(NamedTuple):
    """One occurrence of a node in an expression; a node that occurs twice has two places."""

    whole: Expression
    path: Path
    node: Expression

    @property
    def parent(self) -> Occurrence | None:
        """The place of the node that this is an operand of; None for the whole."""
        if not self.path:
            return None
        node = self.whole
        for step in self.path[:-1]:
            node = node.args[step]
        return Occurrence(self.whole, self.path[:-1], node)

    def replaced(self, new: Expression) -> Expression | None:
        """The whole with another expression here; None where that makes no sense."""
        trail = [self.whole]
        for step in self.path[:-1]:
            trail.append(trail[-1].args[step])
        try:
            for node, step in zip(reversed(trail), reversed(self.path), strict=False):
                new = node.primitive(*node.args[:step], new, *node.args[step + 1 :])
        except ExpressionError:
            return None
        return new

    def with_operand(self, i: int, new: Expression) -> Expression | None:
        """The whole with another expression for one operand of the node here."""
        return Occurrence(self.whole, (*self.path, i), self.node.args[i]).replaced(new)

    def without(self, i: int) -> Expression | None:
        """The whole without one factor of the product, or one term of the sum, that stands here."""
        rest = self.node.args[:i] + self.node.args[i + 1 :]
        return self.replaced(broadcast_to(self.node.primitive(*rest) if len(rest) > 1 else rest[0], self.node.shape))


def places(whole: Expression) -> Iterator[Occurrence]:
    """Every place of an expression, the whole first."""
    stack: list[tuple[Path, Expression]] = [((), whole)]
    count = 0
    while stack and count < MOST_PLACES:
        path, node = stack.pop()
        yield Occurrence(whole, path, node)
        count += 1
        stack.extend(((*path, i), node.args[i]) for i in reversed(range(len(node.args))))


def operands(whole: Expression, kind: type[Primitive]) -> Iterator[tuple[Occurrence, int, Expression]]:
    """Every operand of every primitive of this kind, with the place of the whole and its number among the operands.

    Of `Multiply` they are the factors of products, of `Add` the terms of sums.
    """
    for place in places(whole):
        if isinstance(place.node.primitive, kind):
            yield from ((place, i, operand) for i, operand in enumerate(place.node.args))
