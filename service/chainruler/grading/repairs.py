"""The smallest change to a formula that makes it right, and where in the text it has to be made.

Every part of the formula is tried with every small change: a sign, a factor, a term, a transpose, something left out,
something of the right derivation in its place. Whatever comes out right at all points is a repair, and tells the cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, takewhile

from chainruler.engine import Expression, ExpressionError
from chainruler.grading.comparing import agrees
from chainruler.grading.explanation import Explanation
from chainruler.grading.formulas import EXACT, SubmittedFormula
from chainruler.grading.search import Allowance
from chainruler.grading.tries import Cause, Look, tries_of
from chainruler.grading.variants import Variant
from chainruler.notation.formula import Fragment, Span

MOST_TRIES = 1500


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
    tries = takewhile(lambda _: allowance.spend(work), islice(tries_of(formula), MOST_TRIES))
    look = Look(formula)
    found = (_changed(formula, one.part, one.new, one.cause) for one in tries if look.may_mend(one))
    return next((repair for repair in found if repair is not None), None)


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
