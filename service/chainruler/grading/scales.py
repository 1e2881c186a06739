"""The closed form: every mixture of wrong factors on the data's and the penalty's gradient, by least squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np

from chainruler.engine import Evaluation, Expression, as_expression
from chainruler.grading.comparing import Array
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Mistake
from chainruler.grading.mistakes.factors import (
    NO_TWO,
    NOT_A_MEAN,
    ExtraFactor,
    MissingFactor,
    WrongScale,
    begins_at_square,
)
from chainruler.grading.mistakes.means import ExtraMean, MissingMean, is_mean
from chainruler.grading.mistakes.regularization import (
    MissingRegularization,
    RegularizedBias,
    WrongRegularizationScale,
    penalty_as_of_weights,
    sizes,
)
from chainruler.grading.mistakes.signs import WrongSign
from chainruler.grading.submitted import SubmittedArray
from chainruler.grading.variants import Variant

NEAR = 0.2
"""A factor that was fitted to rounded numbers is looked for among those that are this near."""
ROUGH = 1e-2
"""How near a first look must come, as a part of the largest entry."""
FLAT = 1e-6
"""Two entries tell two factors apart, unless their determinant is this small."""
SMALLEST, LARGEST, OFF = 1e-3, 1e3, 0.05
"""A factor that is in no table is told if it lies between these two, and is so much away from 0, 1 and −1: what is
almost right is no wrong factor, and what is next to nothing is no answer."""
ENOUGH = 3
"""With fewer entries, a factor that is no particular one would explain anything; two need one more."""
FACTORS_ONLY = {
    MissingMean,
    ExtraMean,
    WrongScale,
    MissingRegularization,
    WrongRegularizationScale,
    RegularizedBias,
}
"""The mistakes that are nothing but a factor on one of the parts."""
OF_SCALES = FACTORS_ONLY | {ExtraFactor, MissingFactor, WrongSign}
"""Those that are told by the factors here."""


class Factor(NamedTuple):
    """A factor, and the mistakes that bring it in: what each is, and in words."""

    value: Expression
    mistakes: tuple[tuple[type[Mistake], str], ...] = ()
    unrecognised: bool = False
    """Whether it is in no table, and was fitted."""


Known: TypeAlias = tuple[Factor, float]
"""A factor with its size at a point."""


class ScaleFactors:
    """The two parts of a line, and the factors that they get by mistake: one for all of it, or each its own."""

    def __init__(self, line: Line) -> None:
        penalty = line.penalty if line.penalty is not None else penalty_as_of_weights(line)
        parts = [(line.data, _of_data(line))] + ([] if penalty is None else [(penalty, _of_penalty(line))])
        whole = [] if line.penalty is None else [_Scaled(line, [(line.right, _of_data(line, "all of it"))])]
        self.ways = [*whole, _Scaled(line, parts)]

    def fit(self, state: Evaluation, submitted: SubmittedArray, *, unrecognised: bool = True) -> list[list[Variant]]:
        """The mistakes that scale the parts until their sum is the array, in every way that this can be told.

        Unless `unrecognised`, only factors are tried that a known mistake brings in.
        """
        if not self.ways[-1].is_hopeful(state, submitted):  # one factor for all of it is the same factor for each part
            return []
        return next(filter(None, (way.fit(state, submitted, unrecognised=unrecognised) for way in self.ways)), [])


class _Scaled:
    """Parts of a line, each with the factors that it gets by mistake."""

    def __init__(self, line: Line, parts: Sequence[tuple[Expression, Sequence[Factor]]]) -> None:
        self.line = line
        self.parts, self.tables = [part for part, _ in parts], [table for _, table in parts]
        self.of_penalty = _mistake_of_penalty(line)

    def is_hopeful(self, state: Evaluation, submitted: SubmittedArray) -> bool:
        """Whether some factors may give the array, as far as a first look can tell."""
        values = [state(part) for part in self.parts]
        return values[0].shape == submitted.array.shape and _is_hopeful(values, submitted)

    def fit(self, state: Evaluation, submitted: SubmittedArray, *, unrecognised: bool) -> list[list[Variant]]:
        """The same for these parts."""
        values = [state(part) for part in self.parts]
        fitted = _fitted(values, submitted.array) if self.is_hopeful(state, submitted) else None
        if fitted is None:
            return []
        tables = [[(factor, float(state(factor.value))) for factor in table] for table in self.tables]
        near = [_near(factor, table) for factor, table in zip(fitted, tables, strict=True)]
        named = [known for known in product(*near) if _gives([size for _, size in known], values, submitted)]
        found = [tuple(factor for factor, _ in known) for known in named]
        if unrecognised and not found:
            found = self._with_unrecognised_ones(values, fitted, tables, submitted)
        return [self._variants(factors) for factors in found if any(factor.mistakes for factor in factors)]

    def _with_unrecognised_ones(
        self,
        values: Sequence[Array],
        fitted: Sequence[float],
        tables: Sequence[Sequence[Known]],
        submitted: SubmittedArray,
    ) -> list[tuple[Factor, ...]]:
        """A factor that is in no table, beside one that is, or two of them: as many as the entries can tell."""
        mistakes = (WrongScale, self.of_penalty)[: len(values)]
        array = submitted.array
        for place, mistake in enumerate(mistakes if array.size >= ENOUGH else ()):
            products = [float(np.vdot(values[place], value)) for value in values]
            aim = float(np.vdot(values[place], array))
            for known in product(*(table for other, table in enumerate(tables) if other != place)):
                sizes = [size for _, size in known]
                rest = aim - sum(size * by for size, by in zip(sizes, _without(products, place), strict=True))
                unknown = rest / products[place] if products[place] else 0.0
                if _is_told(unknown) and _gives([*sizes[:place], unknown, *sizes[place:]], values, submitted):
                    factors = [factor for factor, _ in known]
                    return [(*factors[:place], _unrecognised(unknown, mistake), *factors[place:])]
        if len(values) == 2 and array.size > ENOUGH and all(map(_is_told, fitted)):
            return [tuple(map(_unrecognised, fitted, mistakes))] if _gives(fitted, values, submitted) else []
        return []

    def _variants(self, factors: Sequence[Factor]) -> list[Variant]:
        """The mistakes of all factors, each as the line with all of them in it."""
        total = as_expression(0)
        for factor, part in zip(factors, self.parts, strict=True):
            total = total + factor.value * part
        made = [(mistake, told, factor.unrecognised) for factor in factors for mistake, told in factor.mistakes]
        return [Variant(self.line, mistake, total, told, unrecognised) for mistake, told, unrecognised in made]


def _mistake_of_penalty(line: Line) -> type[Mistake]:
    """What a penalty of another size is: on a bias, none at all is right."""
    return RegularizedBias if line.penalty is None else WrongRegularizationScale


def _of_penalty(line: Line) -> list[Factor]:
    """The factors that the gradient of the penalty gets by mistake: on a bias, none at all is right."""
    wrong = [Factor(factor, ((_mistake_of_penalty(line), told),)) for factor, told in sizes(line.context)]
    none, once = Factor(as_expression(0)), Factor(as_expression(1))
    if line.penalty is None:
        told = "the penalty is taken over the bias as well"
        return [none, once._replace(mistakes=((RegularizedBias, told),)), *wrong]
    minus = Factor(as_expression(-1), ((WrongSign, "the penalty has the opposite sign"),))
    return [once, none._replace(mistakes=((MissingRegularization, "the penalty is left out"),)), minus, *wrong]


def _of_data(line: Line, what: str = "the part of the data") -> list[Factor]:
    """The factors that the gradient of the data gets by mistake, and those with the opposite sign."""
    batch, width = line.context.batch, line.context.outputs
    times = (MissingMean, f"{what} is N times as large") if is_mean(line.context) else (WrongScale, NOT_A_MEAN)
    is_square = begins_at_square(line)
    half = (MissingFactor, NO_TWO) if is_square else (ExtraFactor, f"{what} is half as large")
    table = [
        Factor(as_expression(1)),
        Factor(batch, (times,)),
        Factor(batch**-1, ((ExtraMean, f"{what} is divided by N"),)),
        Factor(as_expression(2), ((ExtraFactor, f"{what} is twice as large"),)),
        Factor(as_expression(Fraction(1, 2)), (half,)),
    ]
    if width > 1:
        table.append(Factor(as_expression(width), ((WrongScale, f"multiplied by the {width} outputs"),)))
        table.append(Factor(as_expression(Fraction(1, width)), ((WrongScale, f"divided by the {width} outputs"),)))
        per_output = batch * as_expression(Fraction(1, width))
        told = f"divided by the {width} outputs, and not by the samples"
        table.append(Factor(per_output, ((WrongScale, told),)))
    minus = (WrongSign, f"{what} has the opposite sign")
    return table + [Factor(-factor.value, (minus, *factor.mistakes)) for factor in table]


def _fitted(values: Sequence[Array], array: Array) -> list[float] | None:
    """The factors of the parts that come nearest to the array; None where the parts do not tell them apart."""
    columns = np.stack([value.ravel() for value in values])
    products, aims = columns @ columns.T, columns @ array.ravel()
    try:
        return [float(factor) for factor in np.linalg.solve(products, aims)]
    except np.linalg.LinAlgError:
        return None


def _is_hopeful(values: Sequence[Array], submitted: SubmittedArray) -> bool:
    """Whether the factors that fit the largest entries fit the next one too, as far as a first look can tell."""
    count, largest = len(values), submitted.largest
    if len(largest) <= count or submitted.tolerance.units is not None:
        return all(np.isfinite(value).all() for value in values)
    rows = [[value.item(place) for value in values] for place, _ in largest]
    aims = [entry for _, entry in largest]
    if count == 1:
        total = rows[1][0] * aims[0] / rows[0][0] if rows[0][0] else math.nan
    else:
        (a, b), (c, d) = rows[0], rows[1]
        below = a * d - b * c
        if abs(below) <= FLAT * (abs(a * d) + abs(b * c)):
            return True
        total = (rows[2][0] * (aims[0] * d - b * aims[1]) + rows[2][1] * (a * aims[1] - aims[0] * c)) / below
    return bool(abs(total - aims[count]) <= ROUGH * abs(aims[0]))


def _near(fitted: float, table: Sequence[Known]) -> list[Known]:
    """The factors of the table that may have been meant."""
    return [(factor, size) for factor, size in table if abs(fitted - size) <= NEAR * max(abs(size), NEAR)]


def _gives(sizes: Sequence[float], values: Sequence[Array], submitted: SubmittedArray) -> bool:
    """Whether factors of these sizes give the array."""
    place, _ = submitted.largest[0]
    first = sum(size * value.item(place) for size, value in zip(sizes, values, strict=True))
    if not submitted.may_have(first):
        return False
    total = sum(size * value for size, value in zip(sizes, values, strict=True))
    return submitted.matches(np.asarray(total))


def _unrecognised(fitted: float, mistake: type[Mistake]) -> Factor:
    """A factor that is in no table; told in two digits, which do not make the right numbers of the wrong ones."""
    times = f"{fitted:.2g}".replace("-", "−")
    return Factor(as_expression(fitted), ((mistake, f"it is about {times} times as large"),), unrecognised=True)


def _is_told(factor: float) -> bool:
    """Whether somebody may have this factor by a mistake."""
    return SMALLEST <= abs(factor) <= LARGEST and abs(abs(factor) - 1) >= OFF


def _without(values: Sequence[float], place: int) -> list[float]:
    return [value for other, value in enumerate(values) if other != place]
