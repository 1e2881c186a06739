"""The small changes of a formula that may make it right, and a first look at each of them by numbers.

To build the expression of a change, and to read the formula again with it, takes longer than to compute with it: both
are done with those changes alone that may make the formula right, as far as one point tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import add, mul, sub
from typing import Any, NamedTuple

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
from chainruler.engine.simplify import stripped, value_of
from chainruler.grading.comparing import Array, Tolerance, agrees
from chainruler.grading.context import DerivationContext
from chainruler.grading.formulas import EXACT, SubmittedFormula
from chainruler.grading.mistakes import Mistake
from chainruler.grading.mistakes.factors import ExtraFactor, MissingFactor
from chainruler.grading.mistakes.gates import MissingGate
from chainruler.grading.mistakes.means import ExtraMean, MissingMean
from chainruler.grading.mistakes.operands import WrongOperand
from chainruler.grading.mistakes.products import MissingTranspose
from chainruler.grading.mistakes.signs import WrongSign
from chainruler.grading.mistakes.terms import ExtraTerm, MissingTarget, MissingTerm
from chainruler.notation.formula import Fragment

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


def _put(_here: Any, other: Any) -> Any:
    """Something else in the place of a part."""
    return other


def _times(here: Any, factor: Any) -> Any:
    """A part with a factor in front."""
    return factor * here


NEUTRAL = {add: 0, sub: 0, mul: 1}
"""With what each of these leaves a part as it is."""


@dataclass(frozen=True)
class Try:
    """A part of a formula with another meaning, and what was wrong if that makes it right."""

    part: Fragment
    make: Callable[[Any, Any], Any]
    """From what the part is and something else to what it is to be: of expressions as of numbers."""
    other: Expression
    cause: Cause

    @cached_property
    def new(self) -> Expression:
        """What the part is to mean."""
        meaning: Expression = self.make(self.part.expression, self.other)
        return meaning

    @property
    def changes(self) -> bool:
        """Whether the part comes to mean something else; built only where it cannot be told otherwise."""
        here, other = self.part.expression, self.other
        if self.make in NEUTRAL and value_of(stripped(here)) is None and "gate" not in {here.kind, other.kind}:
            return value_of(stripped(other)) != NEUTRAL[self.make]
        return self.new is not here


class Look:
    """A first look at changes of a formula, by numbers at one point."""

    def __init__(self, formula: SubmittedFormula) -> None:
        self.formula = formula
        self.point = formula.key.home.scratch()
        self.right = formula.key.home(formula.line.right)
        self._place = int(np.argmax(np.abs(self.right)))
        self._wholes: dict[Fragment, tuple[Expression, Expression | None]] = {}
        self._have_values: dict[Expression, bool] = {}

    def may_mend(self, one: Try) -> bool:
        """Whether a change may make the formula right, as far as the point tells."""
        if one.part not in self._wholes:
            hole = variable("another meaning", one.part.expression.shape, one.part.expression.kind)
            self._wholes[one.part] = hole, self._with(one.part, hole)
        hole, whole = self._wholes[one.part]
        made = self._made(one, hole) if whole is not None else None
        return whole is None or made is None or self._is_right(self.point.with_values({hole: made}, {})(whole))

    def _made(self, one: Try, hole: Expression) -> Array | None:
        """The numbers that a part is to be; None if it cannot be computed with in the place of the part."""
        here, other = one.part.expression, one.other
        if one.make is not _put and hole.kind == "real":
            has_values = self._has_value(here) and self._has_value(other)
            return np.asarray(one.make(self.point(here), self.point(other))) if has_values else None
        alike = one.new.shape == hole.shape and one.new.kind in {hole.kind, "gate"} and hole.kind != "index"
        return self.point(one.new) if alike and self._has_value(one.new) else None

    def _has_value(self, expression: Expression) -> bool:
        """Whether it has a value by itself: the same pieces are put into every part."""
        if expression not in self._have_values:
            self._have_values[expression] = self.formula.has_value(expression)
        return self._have_values[expression]

    def _is_right(self, value: Array) -> bool:
        """Whether this may be the right array; one look at its largest entry rules out nearly all others."""
        if self.right.size:
            wanted, entry = self.right.item(self._place), value.item(self._place)
            far = abs(entry - wanted) > 2 * ROUGHLY.rtol * abs(wanted) if wanted else False
            if far and math.isfinite(entry) and np.isfinite(value).all():
                return False
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


def tries_of(formula: SubmittedFormula) -> Iterator[Try]:
    """Every change of every part, the smallest first; they are made as they are asked for."""
    parts = sorted(formula.reading.parts(), key=lambda part: part.span[0] - part.span[1])
    for part in parts:
        yield from (Try(part, _put, new, cause) for new, cause in _turned(part.expression))
    for part in parts:
        yield from (Try(part, _times, factor, cause) for factor, cause in _factors(formula.line.context))
    for other in _pool(formula):
        for part in parts:
            yield from (one for one in _with(part, other, formula.line.context) if one.changes)


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


def _with(part: Fragment, other: Expression, context: DerivationContext) -> Iterator[Try]:
    """A part with something of the right derivation in its place, added to it, taken from it, or multiplied in."""
    factor = Cause(MissingGate if other.kind == "gate" else MissingFactor, "a factor is left out")
    if other.shape == part.expression.shape:
        of_targets = set(variables([other])) & context.targets.keys()
        term = Cause(MissingTarget if of_targets else MissingTerm, "a term is left out")
        yield Try(part, _put, other, Cause(WrongOperand, "another array stands in the place of the right one"))
        yield Try(part, add, other, term)
        yield Try(part, sub, other, term)
        yield Try(part, mul, other, factor)
    elif not other.shape:
        yield Try(part, mul, other, factor)


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
