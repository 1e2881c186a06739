"""Derivatives of numbers that code computes by arrays that they are made of, as automatic differentiation has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chainruler.engine import (
    Expression,
    ExpressionError,
    gradient,
    label_of,
    reshape,
    show_shape,
    substitute,
    topological,
    variable,
    variables,
)
from chainruler.engine.expression import Variable
from chainruler.notation.derivative import opened
from chainruler.notation.formula import Fragment, Symbols

MOST_WEIGHT = 10_000
"""How many pieces the numbers may have together that are differentiated in one text."""


@dataclass
class Slopes:
    """Differentiates pieces of a text, within a bound for the whole of it."""

    given: Symbols
    lines: Mapping[Expression, Expression]
    constants: set[Fragment] = field(default_factory=set)
    """Pieces that no derivative goes through, as `x.detach()`."""
    derived: set[Fragment] = field(default_factory=set)
    """Pieces that are derivatives: none of these is differentiated again."""
    weight: int = 0
    made: int = 0

    def of(self, loss: Fragment, by: Sequence[Fragment]) -> list[Expression]:
        """The derivative of a number by some pieces of it; a symbol of the problem counts wherever it stands."""
        pieces = list(loss.walk())
        if not self.derived.isdisjoint(pieces):
            raise ExpressionError("What is differentiated has a derivative in it: second derivatives are not read.")
        fixed = {p: self._fresh(p) for p in pieces if p in self.constants and p.expression.kind != "index"}
        moved = {p: self._fresh(p) for p in by if not _is_symbol(p)}
        if not moved.keys() <= set(pieces):
            raise ExpressionError("What is differentiated is not made of this array, or this was changed since.")
        whole = loss.rebuilt(fixed | moved)
        if any(side != 1 for side in whole.shape):
            raise ExpressionError(f"A number is differentiated, and this has the shape {show_shape(whole.shape)}.")
        whole = reshape(whole, ()) if whole.shape else whole
        self._check(whole, len(pieces))
        before = {fresh: piece.expression for piece, fresh in (fixed | moved).items()}
        found = [self._slope(whole, moved.get(piece, piece.expression), piece in moved) for piece in by]
        return substitute(found, before)

    def _fresh(self, piece: Fragment) -> Expression:
        self.made += 1
        return variable(f"piece#{self.made}", piece.expression.shape)

    def _check(self, whole: Expression, pieces: int) -> None:
        """Refuse what is no work of one's own, or too much."""
        self.weight += pieces + len(topological([whole]))
        if self.weight > MOST_WEIGHT:
            raise ExpressionError("This is too much to differentiate.")
        for symbol in variables([whole]):
            label = label_of(symbol)
            if symbol in self.lines and not symbol.shape:
                raise ExpressionError(f"{label} is not written out: write what it is made of.")
            if label[:1] == "d" and label[1:] in self.given:
                raise ExpressionError(f"What is differentiated has {label} in it, which is a derivative itself.")

    def _slope(self, whole: Expression, by: Expression, moved: bool) -> Expression:  # noqa: FBT001 (told with `by`)
        if not moved:
            whole = opened(whole, by, self.lines)
        elif any(symbol in self.lines for symbol in variables([whole])):
            raise ExpressionError("This has lines of the problem in it: write down to the array what it is made of.")
        elif by not in variables([whole]):
            raise ExpressionError("What is differentiated does not depend on this array.")
        self.weight += len(topological([whole]))
        return gradient(whole, [by])[0]


def _is_symbol(piece: Fragment) -> bool:
    """Whether this is a symbol of the problem, and no array of one's own."""
    return not piece.parts and isinstance(piece.expression.primitive, Variable)
