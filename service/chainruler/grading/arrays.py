"""An array or typed numbers as an answer: in which shape and precision they came, and whether they are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainruler.engine import show_shape
from chainruler.grading.comparing import (
    FLOAT32,
    FLOAT64,
    HALF,
    ROUNDING,
    SURE,
    Array,
    Tolerance,
    agrees,
    misshape,
    too_coarse,
)
from chainruler.grading.copied import is_copied
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import AnswerKey
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Mistake
from chainruler.grading.mistakes.digits import Rounded
from chainruler.grading.mistakes.products import Transposed
from chainruler.grading.mistakes.shapes import ColumnForVector
from chainruler.grading.precision import SINGLE, digits_of, fits_single, is_single
from chainruler.grading.submitted import SubmittedArray
from chainruler.grading.typed import typed

SINGLE_BY_LOOK = Tolerance(FLOAT64.rtol, FLOAT32.eps)
"""Numbers that only look like float32: off by what float32 does to them, and no more."""
ENOUGH = 3
"""With fewer digits an array is neither right nor wrong."""
NOTHING = np.zeros(())
"""No rounding at all."""
BLURS = 32
"""How many times what float32 is seen to do to an array it may do to it where that is computed otherwise: of 1,789
arrays by NumPy that are not 0, each was off by at most 22 times that, or by 26 roundings of its largest entry."""
TOO_FEW = "These numbers have too few digits to be right or wrong: three are needed."


@dataclass(frozen=True)
class ArrayVerdict:
    """What a submitted array is found to be."""

    submitted: SubmittedArray | None = None
    convention: type[Mistake] | None = None
    """What differs from the right array without being wrong."""
    trouble: NotGradable | None = None
    """Why the array cannot be compared, in another shape."""


@dataclass(frozen=True)
class ArrayComparison:
    """Measures arrays against a line of a problem with numbers."""

    key: AnswerKey
    answer: str
    line: Line
    right: Array
    rtol: float | None
    """What the rubric states, if it does."""
    single: bool
    """Whether the problem's numbers are float32."""

    def of_text(self, text: str) -> ArrayVerdict:
        """Typed numbers, right to half a unit of the last digit."""
        array, units = typed(text, self.right.shape)
        tolerance = Tolerance(units=units)
        nothing = self._is_zero and not array.any()
        if too_coarse(self.right, units) and not nothing and not agrees(array, self.right, FLOAT64):
            raise NotGradable(TOO_FEW)
        return ArrayVerdict(self._handed(array, tolerance, right=self._is_right(array, tolerance)))

    def of_array(self, given: Array) -> ArrayVerdict:
        """An array in any precision, which is looked at only where it matters."""
        exact = FLOAT64 if self.rtol is None else Tolerance(self.rtol)
        if agrees(given, self.right, exact, rounding=NOTHING):
            return ArrayVerdict(SubmittedArray(np.asarray(given, np.float64), exact, right=True))
        tolerance = self._tolerance(given)
        array = np.asarray(given, np.float64)
        if not np.isfinite(array).all():
            raise NotGradable(f"{self.answer} holds numbers that are not finite.")
        trouble = misshape(array, self.right)
        if trouble is None:
            return self._weighed(array, tolerance)
        if trouble == "padded":
            found = self._weighed(array.reshape(self.right.shape), tolerance)
            is_right = found.submitted is not None and found.submitted.right
            return ArrayVerdict(found.submitted, ColumnForVector if is_right or found.convention else None)
        if trouble == "transposed" and self._is_right(array.T, tolerance):
            return ArrayVerdict(convention=Transposed)
        have, wanted = show_shape(array.shape), show_shape(self.right.shape)
        looks = " It looks transposed." if trouble == "transposed" else ""
        refused = NotGradable(f"{self.answer} has shape {have}, but it must be {wanted}.{looks}")
        return ArrayVerdict(SubmittedArray(array, tolerance, right=False), trouble=refused)

    def _weighed(self, array: Array, tolerance: Tolerance) -> ArrayVerdict:
        """An array of the right shape: right, right to its digits, or wrong."""
        if self._is_right(array, tolerance):
            return ArrayVerdict(SubmittedArray(array, tolerance, right=True))
        digits = self._digits(array)
        if digits >= SINGLE:
            return ArrayVerdict(SubmittedArray(array, tolerance, right=True))
        if digits >= ENOUGH:
            return ArrayVerdict(SubmittedArray(array, tolerance, right=False, given=True, digits=digits), Rounded)
        return ArrayVerdict(self._handed(array, tolerance, digits=digits))

    def _handed(self, array: Array, tolerance: Tolerance, *, right: bool = False, digits: int = 0) -> SubmittedArray:
        """An array of the right shape, and whether it is one that the problem gives."""
        posed = self.key.at_problem_values
        copied = not right and posed is not None and is_copied(array, self.line, posed, tolerance)
        return SubmittedArray(array, tolerance, right, copied=copied, digits=digits)

    def _digits(self, array: Array) -> int:
        """To how many digits it is right, if it is rounded; 0 if it is not."""
        largest = float(np.abs(self.right).max(initial=0.0))
        ways = [way for way in digits_of(array) if float(way.units.max()) * HALF < largest]
        fitting = [way for way in ways if self._is_right(array, Tolerance(eps=FLOAT32.eps, units=way.units))]
        return max((way.of_largest for way in fitting), default=0)

    def _tolerance(self, given: Array) -> Tolerance:
        """How exact it has to be: as the rubric states, or as the numbers are that it was computed with."""
        declared = self.single or given.dtype == np.float32
        looks = is_single(given) or (fits_single(given) and self._is_zero)
        known = FLOAT32 if declared else SINGLE_BY_LOOK if looks else FLOAT64
        return known if self.rtol is None else Tolerance(self.rtol, known.eps)

    @property
    def _is_zero(self) -> bool:
        """Whether nothing but rounding is right, of which float32 leaves numbers of few bits."""
        return self.key.is_zero(self.line.name)

    def _is_right(self, array: Array, tolerance: Tolerance) -> bool:
        """Whether it is the right array but for rounding, which is worked out only where it matters."""
        if agrees(array, self.right, tolerance, rounding=NOTHING):
            return True
        return agrees(array, self.right, tolerance, rounding=self._rounding(tolerance))

    def _rounding(self, tolerance: Tolerance) -> Array:
        """What rounding does to each entry: no more than the rubric's tolerance of the largest, if it states any."""
        own = self.key.rounding(self.line.name, tolerance.eps)
        if tolerance.eps == FLOAT32.eps and not self._is_zero:
            largest = float(np.abs(self.right).max(initial=0.0))
            seen = max(BLURS * self.key.blur(self.line.name), ROUNDING * tolerance.eps * largest)
            own = np.minimum(own, seen / SURE)
        if self.rtol is None or tolerance.units is not None:
            return own
        most = self.rtol * float(np.abs(self.right).max(initial=0.0)) / SURE
        return np.maximum(np.minimum(own, most), self.key.rounding(self.line.name, FLOAT64.eps))
