"""The smallest change to a formula that makes it right, and where in the text it has to be made.

Every part of the formula is tried with every small change: a sign, a factor, a term, a transpose, something left out,
something of the right derivation in its place. Whatever comes out right at all points is a repair, and tells the cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import NamedTuple

import numpy as np

from chainruler.engine import (
    Expression,
    ExpressionError,
    broadcast_to,
    constant,
    substitute,
    topological,
    variable,
    variables,
)
from chainruler.grading.comparing import Tolerance, agrees
from chainruler.grading.context import DerivationContext
from chainruler.grading.explanation import Explanation
from chainruler.grading.formulas import EXACT, SubmittedFormula
from chainruler.grading.mistakes import Mistake
from chainruler.grading.mistakes.factors import ExtraFactor, MissingFactor
from chainruler.grading.mistakes.gates import MissingGate
from chainruler.grading.mistakes.means import ExtraMean, MissingMean
from chainruler.grading.mistakes.operands import WrongOperand
from chainruler.grading.mistakes.products import MissingTranspose
from chainruler.grading.mistakes.signs import WrongSign
from chainruler.grading.mistakes.terms import ExtraTerm, MissingTarget, MissingTerm
from chainruler.grading.search import Allowance
from chainruler.grading.variants import Variant
from chainruler.notation.formula import Fragment, Span

MOST_TRIES = 1500
LARGEST = 8
"""The most nodes of anything that is put in: what is larger is no repair but the answer."""
ROUGHLY = Tolerance(1e-5)
"""How near a change must come at a first look, where terms are added in another order than in the formula as read."""
DEEPEST = 8
"""The number of steps back that are written out to find pieces in."""


class Cause(NamedTuple):
    """The mistake that a change takes back, and what it did in words."""

    mistake: type[Mistake]
    evidence: str


class Try(NamedTuple):
    """A part of a formula, what is put in its place, and what was wrong if that makes it right."""

    part: Fragment
    new: Expression
    cause: Cause


@dataclass(frozen=True)
class Repair:
    """A formula made right."""

    expression: Expression
    span: Span
    """The part of the text that changes."""
    cause: Cause | None = None
    """What was wrong with the part, if the change tells."""


def cause_of(formula: SubmittedFormula, repair: Repair) -> Explanation:
    """The mistake that a repair takes back, made in the right line; nothing if the repair does not tell."""
    if repair.cause is None:
        return ()
    mistake, evidence = repair.cause
    return (Variant(formula.line, mistake, formula.expression, evidence),)


def repair_of(formula: SubmittedFormula, explanation: Explanation, allowance: Allowance) -> Repair | None:
    """The smallest repair; None if no single small change makes the formula right, or if nothing of it would stay."""
    if not formula.value(formula.key.home).any():
        return None
    return _of_mistake(formula, explanation) or _by_trial(formula, allowance)


def _of_mistake(formula: SubmittedFormula, explanation: Explanation) -> Repair | None:
    """The right step in the place of the wrong one, where the formula has the wrong step written out."""
    if len(explanation) != 1 or explanation[0].line.name == formula.line.name:
        return None
    variant, point = explanation[0], formula.key.home
    wrong = point(variant.expression)
    for part in formula.reading.parts():
        if formula.has_value(part.expression) and agrees(point.scratch()(part.expression), wrong, EXACT):
            repair = _changed(formula, part, variant.line.right, None)
            if repair is not None:
                return repair
    return None


def _by_trial(formula: SubmittedFormula, allowance: Allowance) -> Repair | None:
    """The smallest of all changes that make it right; of equal ones that of the longest part."""
    work = formula.key.written.work(formula.key.home) * len(formula.usual)
    tries = takewhile(lambda _: allowance.spend(work), islice(_tries(formula), MOST_TRIES))
    look = _Look(formula)
    found = (_changed(formula, *change) for change in tries if look.may_mend(change.part, change.new))
    return next((repair for repair in found if repair is not None), None)


class _Look:
    """A first look at changes of a formula, by numbers at one point: to read it again takes longer."""

    def __init__(self, formula: SubmittedFormula) -> None:
        self.formula = formula
        self.point = formula.key.home.scratch()
        self.right = formula.key.home(formula.line.right)
        self._wholes: dict[int, Expression | None] = {}

    def may_mend(self, part: Fragment, new: Expression) -> bool:
        """Whether another meaning of a part may make the formula right, as far as one point tells."""
        hole = variable("another meaning", part.expression.shape, part.expression.kind)
        if id(part) not in self._wholes:
            self._wholes[id(part)] = self._with(part, hole)
        whole = self._wholes[id(part)]
        alike = new.shape == hole.shape and new.kind in {hole.kind, "gate"} and hole.kind != "index"
        if whole is None or not alike or not self.formula.has_value(new):
            return True
        value = self.point.with_values({hole: self.point.scratch()(new)}, {})(whole)
        return not np.isfinite(value).all() or agrees(value, self.right, ROUGHLY, scale=1.0)

    def _with(self, part: Fragment, hole: Expression) -> Expression | None:
        """The formula with a symbol for a part; None if it cannot stand there, or the shapes differ with it."""
        try:
            whole = self.formula.reading.with_part(part, hole)
        except (ExpressionError, ArithmeticError, ValueError, TypeError):
            return None
        line = self.formula.line
        fits = whole.shape == line.right.shape and (line.context.known | {hole}).issuperset(variables([whole]))
        return whole if fits else None


def _changed(formula: SubmittedFormula, part: Fragment, new: Expression, cause: Cause | None) -> Repair | None:
    """The formula with another meaning of a part, if that makes it right."""
    try:
        whole = formula.reading.with_part(part, new)
    except (ExpressionError, ArithmeticError, ValueError, TypeError):
        return None
    right = formula.line.right
    if whole.shape != right.shape or not formula.has_value(whole) or not formula.is_right_as(whole):
        return None
    return Repair(whole, part.span, cause)


def _tries(formula: SubmittedFormula) -> Iterator[Try]:
    """Every change of every part, the smallest first; they are made as they are asked for."""
    parts = sorted(formula.reading.parts(), key=lambda part: part.span[0] - part.span[1])
    for part in parts:
        yield from (Try(part, new, cause) for new, cause in _turned(part.expression))
    for part in parts:
        yield from (Try(part, factor * part.expression, cause) for factor, cause in _factors(formula.line.context))
    for other in _pool(formula):
        for part in parts:
            changes = _with(part.expression, other, formula.line.context)
            yield from (Try(part, new, cause) for new, cause in changes if new is not part.expression)


def _turned(here: Expression) -> Iterator[tuple[Expression, Cause]]:
    """A part with another sign, transposed, or left out as a term or as a factor."""
    yield -here, Cause(WrongSign, "one part has the opposite sign")
    if here.ndim == 2:
        yield here.T, Cause(MissingTranspose, "one part is transposed")
    yield broadcast_to(constant(0), here.shape), Cause(ExtraTerm, "one term does not belong there")
    yield broadcast_to(constant(1), here.shape), Cause(ExtraFactor, "one factor does not belong there")


def _factors(context: DerivationContext) -> list[tuple[Expression, Cause]]:
    """The numbers that may be missing."""
    return [
        (constant(2), Cause(MissingFactor, "a factor 2 is left out")),
        (constant(1) / 2, Cause(ExtraFactor, "one part is twice as large")),
        (context.batch**-1, Cause(MissingMean, "the factor 1/N is left out")),
        (context.batch, Cause(ExtraMean, "one part is divided by N")),
    ]


def _with(here: Expression, other: Expression, context: DerivationContext) -> Iterator[tuple[Expression, Cause]]:
    """A part with something of the right derivation in its place, added to it, taken from it, or multiplied in."""
    factor = Cause(MissingGate if other.kind == "gate" else MissingFactor, "a factor is left out")
    if other.shape == here.shape:
        of_targets = set(variables([other])) & context.targets.keys()
        term = Cause(MissingTarget if of_targets else MissingTerm, "a term is left out")
        yield other, Cause(WrongOperand, "another array stands in the place of the right one")
        yield here + other, term
        yield here - other, term
        yield here * other, factor
    elif not other.shape:
        yield here * other, factor


def _pool(formula: SubmittedFormula) -> list[Expression]:
    """The pieces of the right derivation, in symbols and written out, the smallest first."""
    context = formula.line.context
    written_out = {symbol: context.lines[n] for n, symbol in context.symbols.items() if symbol in context.gradients}
    expression = formula.line.right
    found: dict[Expression, int] = {}
    for _ in range(DEEPEST):
        found |= {node: len(topological([node])) for node in topological([expression]) if node not in found}
        (expression,) = substitute([expression], written_out)
    pieces = [n for n, size in found.items() if n.kind != "index" and size <= LARGEST and not _answers(n, formula)]
    return sorted(pieces, key=found.__getitem__)


def _answers(piece: Expression, formula: SubmittedFormula) -> bool:
    """Whether a piece is the answer, or its part without the penalty, but for a factor: to put it in mends nothing."""
    point, line = formula.key.home, formula.line
    value = point.scratch()(piece)
    for answer in (line.right, line.data):
        right = point(answer)
        if value.shape == right.shape:
            below = float(np.vdot(value, value) * np.vdot(right, right))
            if below - float(np.vdot(value, right)) ** 2 <= EXACT.rtol * below:
                return True
    return False
