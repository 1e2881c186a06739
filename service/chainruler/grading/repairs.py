"""The smallest change to a formula that makes it right, and where in the text it has to be made.

Every part of the formula is tried with every small change: a sign, a factor, a term, a transpose, something left out,
something of the right derivation in its place. Whatever comes out right at all points is a repair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np

from chainruler.engine import Expression, ExpressionError, broadcast_to, constant, substitute, topological
from chainruler.grading.comparing import agrees
from chainruler.grading.formulas import EXACT, Formula
from chainruler.grading.search import Allowance, Explanation
from chainruler.notation.formula import Part, Span

MOST_TRIES = 1500
LARGEST = 8
"""The most nodes of anything that is put in: what is larger is no repair but the answer."""
DEEPEST = 8
"""So many steps back are written out to find pieces in."""


@dataclass(frozen=True)
class Repair:
    """A formula made right."""

    expression: Expression
    span: Span
    """The part of the text that changes."""


def repair_of(formula: Formula, explanation: Explanation, allowance: Allowance) -> Repair | None:
    """The smallest repair; None if no single small change makes the formula right, or if nothing of it would stay."""
    if not formula.value(formula.points[0]).any():
        return None
    return _of_mistake(formula, explanation) or _by_trial(formula, allowance)


def _of_mistake(formula: Formula, explanation: Explanation) -> Repair | None:
    """The right step in the place of the wrong one, where the formula has the wrong step written out."""
    if len(explanation) != 1 or explanation[0].line.name == formula.line.name:
        return None
    variant, point = explanation[0], formula.points[0]
    wrong = point(variant.expression)
    for part in formula.reading.parts():
        if formula.has_value(part.expression) and agrees(point.scratch()(part.expression), wrong, EXACT):
            repair = _changed(formula, part, variant.line.right)
            if repair is not None:
                return repair
    return None


def _by_trial(formula: Formula, allowance: Allowance) -> Repair | None:
    """The smallest of all changes that make it right; of equal ones that of the longest part."""
    work = formula.key.written.work(formula.points[0]) * len(formula.points)
    tries = takewhile(lambda _: allowance.spend(work), islice(_tries(formula), MOST_TRIES))
    found = (_changed(formula, part, new) for part, new in tries)
    return next((repair for repair in found if repair is not None), None)


def _changed(formula: Formula, part: Part, new: Expression) -> Repair | None:
    """The formula with another meaning of a part, if that makes it right."""
    try:
        whole = formula.reading.with_part(part, new)
    except (ExpressionError, ArithmeticError, ValueError, TypeError):
        return None
    right = formula.line.right
    if whole.shape != right.shape or not formula.has_value(whole) or not formula.is_right_as(whole):
        return None
    return Repair(whole, part.span)


def _tries(formula: Formula) -> Iterator[tuple[Part, Expression]]:
    """Every change of every part, the smallest first; they are made as they are asked for."""
    parts = sorted(formula.reading.parts(), key=lambda part: part.span[0] - part.span[1])
    batch = formula.line.scenery.batch
    for part in parts:
        yield from ((part, new) for new in _turned(part.expression))
    for part in parts:
        yield from ((part, number * part.expression) for number in (constant(2), constant(1) / 2, batch**-1, batch))
    for other in _pool(formula):
        for part in parts:
            yield from ((part, new) for new in _with(part.expression, other) if new is not part.expression)


def _turned(here: Expression) -> Iterator[Expression]:
    """A part with another sign, transposed, or left out as a term or as a factor."""
    yield -here
    if here.ndim == 2:
        yield here.T
    yield broadcast_to(constant(0), here.shape)
    yield broadcast_to(constant(1), here.shape)


def _with(here: Expression, other: Expression) -> Iterator[Expression]:
    """A part with something of the right derivation in its place, added to it, taken from it, or multiplied in."""
    if other.shape == here.shape:
        yield other
        yield here + other
        yield here - other
        yield here * other
    elif not other.shape:
        yield here * other


def _pool(formula: Formula) -> list[Expression]:
    """The pieces of the right derivation, in symbols and written out, the smallest first."""
    scenery = formula.line.scenery
    written_out = {symbol: scenery.lines[n] for n, symbol in scenery.symbols.items() if symbol in scenery.gradients}
    expression = formula.line.right
    found: dict[Expression, int] = {}
    for _ in range(DEEPEST):
        found |= {node: len(topological([node])) for node in topological([expression]) if node not in found}
        (expression,) = substitute([expression], written_out)
    pieces = [n for n, size in found.items() if n.kind != "index" and size <= LARGEST and not _answers(n, formula)]
    return sorted(pieces, key=found.__getitem__)


def _answers(piece: Expression, formula: Formula) -> bool:
    """Whether a piece is the answer, or its part without the penalty, but for a factor: to put it in mends nothing."""
    point, line = formula.points[0], formula.line
    value = point.scratch()(piece)
    for answer in (line.right, line.data):
        right = point(answer)
        if value.shape == right.shape:
            below = float(np.vdot(value, value) * np.vdot(right, right))
            if below - float(np.vdot(value, right)) ** 2 <= EXACT.rtol * below:
                return True
    return False
