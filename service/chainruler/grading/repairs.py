"""The smallest change to a formula that makes it right, and where in the text it has to be made.

Every part of the formula is tried with every small change: a sign, a factor, a term, a transpose, something left out,
something of the right derivation in its place. Whatever comes out right at all points is a repair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chainruler.engine import Expression, ExpressionError, broadcast_to, constant, substitute, topological
from chainruler.grading.comparing import agrees
from chainruler.grading.formulas import EXACT, Formula
from chainruler.grading.search import Explanation
from chainruler.notation.formula import Part, Span

MOST_TRIES = 1500
LARGEST = 8
"""The most nodes of anything that is put in: what is larger is no repair but the answer."""


@dataclass(frozen=True)
class Repair:
    """A formula made right."""

    expression: Expression
    span: Span
    """The part of the text that changes."""


def repair_of(formula: Formula, explanation: Explanation) -> Repair | None:
    """The smallest repair; None if no single small change makes the formula right."""
    return _of_mistake(formula, explanation) or _by_trial(formula)


def _of_mistake(formula: Formula, explanation: Explanation) -> Repair | None:
    """The right step in the place of the wrong one, where the formula has the wrong step written out."""
    if len(explanation) != 1 or explanation[0].line.name == formula.line.name:
        return None
    variant, point = explanation[0], formula.points[0]
    wrong = point(variant.expression)
    for part in formula.reading.parts():
        if agrees(point(part.expression), wrong, EXACT):
            repair = _changed(formula, part, variant.line.right)
            if repair is not None:
                return repair
    return None


def _by_trial(formula: Formula) -> Repair | None:
    """The smallest of all changes that make it right; of equal ones that of the longest part."""
    tries = sorted(_tries(formula), key=lambda change: (change[0], change[1].span[0] - change[1].span[1]))
    found = (_changed(formula, part, new) for _, part, new in tries[:MOST_TRIES])
    return next((repair for repair in found if repair is not None), None)


def _changed(formula: Formula, part: Part, new: Expression) -> Repair | None:
    """The formula with another meaning of a part, if that makes it right."""
    try:
        whole = formula.reading.with_part(part, new)
    except (ExpressionError, ArithmeticError, ValueError, TypeError):
        return None
    right = formula.line.right
    if whole.shape != right.shape or not all(agrees(p(whole), p(right), EXACT, scale=1.0) for p in formula.points):
        return None
    return Repair(whole, part.span)


def _tries(formula: Formula) -> Iterator[tuple[int, Part, Expression]]:
    """Every change of every part, with its size."""
    pool = _pool(formula)
    for part in formula.reading.parts():
        here = part.expression
        yield from ((size, part, new) for size, new in _small(here, formula))
        for other in pool:
            size = 1 + len(topological([other]))
            for new in _with(here, other):
                if new is not None and new is not here:
                    yield size, part, new


def _small(here: Expression, formula: Formula) -> Iterator[tuple[int, Expression]]:
    """A part with another sign, transposed, left out as a term or a factor, or times a number."""
    yield 1, -here
    if here.ndim == 2:
        yield 1, here.T
    yield 1, broadcast_to(constant(0), here.shape)
    yield 1, broadcast_to(constant(1), here.shape)
    batch = formula.line.scenery.batch
    for number in (constant(2), constant(1) / 2, batch**-1, batch):
        yield 2, number * here


def _with(here: Expression, other: Expression) -> Iterable[Expression | None]:
    """A part with something of the right derivation in its place, added to it, taken from it, or multiplied in."""
    if other.shape == here.shape:
        yield other
        yield here + other
        yield here - other
        yield here * other
    elif not other.shape:
        yield here * other


def _pool(formula: Formula) -> list[Expression]:
    """The pieces of the right derivation, in symbols and written out."""
    scenery = formula.line.scenery
    written_out = {symbol: scenery.lines[n] for n, symbol in scenery.symbols.items() if symbol in scenery.gradients}
    expression = formula.line.right
    found: dict[Expression, None] = {}
    for _ in written_out:
        found |= dict.fromkeys(topological([expression]))
        (expression,) = substitute([expression], written_out)
    return [node for node in found if node.kind != "index" and len(topological([node])) <= LARGEST]
