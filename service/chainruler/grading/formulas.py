"""Formulas as answers: read in the symbols of the problem, and compared with the right line at several points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from chainruler.engine import (
    Asides,
    Evaluation,
    Expression,
    label_of,
    reshape,
    topological,
    variables,
)
from chainruler.engine.primitives.elementwise import Exp
from chainruler.grading.comparing import FLOAT64, Array, Tolerance, agrees
from chainruler.grading.context import DerivationContext
from chainruler.grading.copied import is_named
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import AnswerKey
from chainruler.grading.lines import Line
from chainruler.grading.points import SCALES
from chainruler.grading.reaching import crossing, extreme, reaching, scaled_alone
from chainruler.grading.rounding import Rounding
from chainruler.grading.switches import asks_of, has_tiny_factor, may_hide, numbers_of, offsets_of, switches_of
from chainruler.notation import (
    Reading,
)

EXACT = Tolerance(1e-9)
"""Two ways to write the same function differ by rounding only."""
NOISE = 1e-9
"""Gradients that are 0 but for rounding are below this; few others are."""
LARGEST_EXPONENT = 700
"""The exponential of more than this is no number."""
LARGE_NETWORK = 50_000
"""Formulas for networks with more parameters are compared at one random point."""


@dataclass(frozen=True, eq=False)
class SubmittedFormula:
    """A submitted formula, read and compared with its line."""

    reading: Reading
    key: AnswerKey
    line: Line

    @property
    def expression(self) -> Expression:
        """What it means; a row or column for a vector means the vector."""
        meant = self.reading.expression
        return reshape(meant, self.line.right.shape) if self.is_padded else meant

    @property
    def is_padded(self) -> bool:
        """Whether it gives a row or column for a vector, such as a sum with `keepdims=True`."""
        return self.reading.expression.shape not in (self.line.right.shape, self.line.right.shape[::-1])

    @cached_property
    def usual(self) -> list[Evaluation]:
        """Where it is compared: the posed point, if that is of this view, and random ones of several scales."""
        key = self.key
        posed = [] if key.home is key.points.first else [key.home]
        scales = SCALES if key.written.context.network.parameter_count <= LARGE_NETWORK else SCALES[:1]
        return [*posed, *(key.points.fresh(self._random, scale) for scale in scales)]

    @cached_property
    def beyond(self) -> list[Evaluation]:
        """And those around the numbers that are written out in it, and on the other side of its switches."""
        right, points = self.line.right, self.key.points
        switches = [*self.line.context.switches, *switches_of([self.expression])]
        hidden = scaled_alone(points, right, self._random) if self._hides_something else []
        found = reaching(points, [*self.usual, *hidden], list(dict.fromkeys(switches)), right, self._random)
        found += hidden + [points.near(self._random, number) for number in numbers_of(self.expression, right)]
        found += extreme(points, right, self._random) if has_tiny_factor(self.expression) else []
        crossed = [crossing(points, o, self.usual, right, self._random) for o in offsets_of(self.expression, right)]
        return [*found, *(point for point in crossed if point is not None)]

    @property
    def _hides_something(self) -> bool:
        small = self.key.written.context.network.parameter_count <= LARGE_NETWORK
        return small and may_hide(self.expression, self.line.right)

    @cached_property
    def _random(self) -> np.random.Generator:
        return self.key.random_for(self.reading.text)

    @cached_property
    def is_right(self) -> bool:
        """Whether it gives the right values for the numbers of samples and the λ of this problem."""
        return self.equals(self.line.right)

    @cached_property
    def is_right_for_any_size(self) -> bool:
        """Whether it would be right for another number of samples and another λ too, and asks for neither."""
        asks = asks_of(self.expression, set(self.key.written.context.penalty_factors))
        return not asks and self._equals_at(self.key.probe_point, self.line.right, EXACT)

    def equals(self, other: Expression, tolerance: Tolerance | None = None) -> bool:
        """Whether another expression has the same values at all points."""
        return (
            self.expression.shape == other.shape
            and all(self._equals_at(p, other, tolerance or EXACT) for p in self.usual)
            and all(self._equals_at(p, other, FLOAT64) or self._overflows(p) for p in self.beyond)
        )

    def _overflows(self, point: Evaluation) -> bool:
        """Whether an exponential in it has no number there: a softmax that is written out has none far outside."""
        if np.isfinite(self.value(point)).all():
            return False
        exponents = [node.args[0] for node in topological([self.expression]) if isinstance(node.primitive, Exp)]
        here = point.scratch(self._asides)
        return any(np.max(here(exponent), initial=0) > LARGEST_EXPONENT for exponent in exponents)

    def _equals_at(self, point: Evaluation, other: Expression, tolerance: Tolerance) -> bool:
        """Whether another expression has the same value at a point; the right line may be 0 there but for rounding."""
        value, wanted = self.value(point), point(other)
        if _same(value, wanted, tolerance) or other is not self.line.right or not _is_small(wanted):
            return _same(value, wanted, tolerance)
        rounding = Rounding(point, self.line.context, tolerance.eps).of(self.line.name)
        return agrees(value, wanted, tolerance, rounding=rounding)

    @cached_property
    def is_nearly_right(self) -> bool:
        """Whether its values are as near as numbers have to be that were computed elsewhere: with 0.1428571 for 1/7."""
        return self.equals(self.line.right, FLOAT64)

    @cached_property
    def is_copied(self) -> bool:
        """Whether it is the name of an array that the problem gives, and no more."""
        return is_named(self.expression, self.line, self.key.home)

    def check_defined(self, answer: str) -> None:
        """Refuse what has no value, as it is written or as it is simplified, at the points of the usual size."""
        if not all(np.isfinite(self.value(point)).all() for point in self.usual):
            raise NotGradable(f"What this gives for {answer} is not finite.")
        point = next(p for p in self.usual if p is not self.key.home).scratch()
        if not all(np.isfinite(point(demand)).all() for demand in self.reading.demands):
            raise NotGradable(
                "As it is written this has no value: it divides by zero, or takes the logarithm of zero or less."
            )

    def is_right_as(self, other: Expression) -> bool:
        """Whether another formula in its place would be right."""
        asides: Asides = {}
        points = (*self.usual, *self.beyond)
        return all(_same(point.scratch(asides)(other), point(self.line.right)) for point in points)

    @cached_property
    def broken_step(self) -> str:
        """The first member of a chain `A = B = C` that is not equal to the one before it; empty if all are."""
        for before, after in pairwise([*self.reading.chain, self.reading]):
            if before.expression.shape == after.expression.shape:
                points = (point.scratch() for point in self.usual)
                if not all(_same(point(before.expression), point(after.expression)) for point in points):
                    return _in_brackets(self.reading.text, *after.root.span)
        return ""

    def equals_reading(self, other: Reading) -> bool:
        """Whether something else that was read has the same values."""
        points = [point.scratch() for point in self.usual]
        same_shape = other.expression.shape == self.expression.shape
        return same_shape and all(_same(self.value(point), point(other.expression)) for point in points)

    def has_value(self, expression: Expression) -> bool:
        """Whether a part of it has a value by itself: inside a sum, z_i is one sample, and not known outside."""
        return self.line.context.known.issuperset(variables([expression]))

    def value(self, point: Evaluation) -> Array:
        """What it gives at a point, where nothing stays behind: the next formula is another."""
        if point not in self._values:
            self._values[point] = point.scratch(self._asides)(self.expression)
        return self._values[point]

    @cached_property
    def _asides(self) -> Asides:
        return {}

    @cached_property
    def _values(self) -> dict[Evaluation, Array]:
        return {}

    @property
    def starts_from(self) -> list[str]:
        """The lines of the backward pass that it uses: it is graded as a step that starts from them."""
        used = set(variables([self.expression])) & self.line.context.gradients
        return [name for name, symbol in self.line.context.symbols.items() if symbol in used]


def _in_brackets(text: str, start: int, stop: int) -> str:
    """A piece of a text with the brackets before it that are closed in it."""
    while start and text[start - 1] in "( " and text[start:stop].count(")") > text[start:stop].count("("):
        start -= 1
    return text[start:stop]


def _is_small(value: Array) -> bool:
    """Whether a value may be nothing but rounding."""
    return bool(np.abs(value).max(initial=0.0) < NOISE)


def read_by_convention(formula: SubmittedFormula) -> str:
    """What in a formula was read by convention, in one text."""
    return " ".join(conventions_in(formula.reading, formula.line.context))


def conventions_in(reading: Reading, context: DerivationContext) -> list[str]:
    """What was read by convention, a sentence each: names of courses, and class numbers in arithmetic as rows."""
    sources = {symbol: label_of(symbol) for symbol in context.rows}
    names = [sources.get(symbol, label_of(symbol).partition("[")[0]) for symbol in reading.classes]
    rows = [f"{name} is read as one-hot rows, not as class numbers." for name in dict.fromkeys(names)]
    return [*reading.assumed, *rows]


def _same(value: Array, right: Array, tolerance: Tolerance = EXACT) -> bool:
    return agrees(value, right, tolerance, scale=1.0)
