"""Answers judged: right, right in another shape, or wrong, and then by which mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chainruler.grading.arrays import TOO_FEW, ArrayComparison
from chainruler.grading.comparing import Array, Tolerance, agrees
from chainruler.grading.errors import NotGradable
from chainruler.grading.explaining import arrays_explained, formula_explained, start_of
from chainruler.grading.explanation import Explanation
from chainruler.grading.formulas import SubmittedFormula, read_by_convention
from chainruler.grading.isolation import isolated
from chainruler.grading.key import AnswerKey
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Mistake
from chainruler.grading.mistakes.means import ExtraMean, PerSampleGradient, of_each_sample
from chainruler.grading.mistakes.operands import WrongOperand
from chainruler.grading.mistakes.products import MissingTranspose, SamplesInColumns, Transposed
from chainruler.grading.mistakes.shapes import ColumnForVector
from chainruler.grading.mistakes.softmax import SoftmaxTwice
from chainruler.grading.reading import read
from chainruler.grading.repairs import Repair, cause_of, repair_of
from chainruler.grading.rubric import OwnMistake, Rubric
from chainruler.grading.sample_words import MEAN_ELSEWHERE, OF_ONE_SAMPLE
from chainruler.grading.search import Allowance
from chainruler.grading.submitted import SubmittedArray
from chainruler.grading.symbols import symbols_for
from chainruler.grading.tries import Cause
from chainruler.notation import Syntax
from chainruler.notation.formula import Span

LOOSE = Tolerance(1e-2)
"""An array this near to the right one was computed loosely; no unrecognised factor is fitted to it."""


LIKE_MISREADING = frozenset({WrongOperand, ExtraMean, SoftmaxTwice})
"""What a misread name looks like: another array in the place of the right one, that of one sample's own loss, or the
softmax of what is called s and was read as the probabilities."""


@dataclass(frozen=True)
class RawAnswer:
    """A submitted answer before it is read: an array, a formula, or typed numbers."""

    array: Array | None = None
    formula: str | None = None
    syntax: Syntax | None = None
    """How the formula is written; told from the text unless said."""
    by_name: bool = False
    """Whether the formula is a whole piece of work, of which this answer is the result that is named so."""
    text: str | None = None


@dataclass
class Judged:
    """What was found out about one answer."""

    answer: str
    line: Line
    trouble: NotGradable | None = None
    submitted: SubmittedArray | None = None
    """The array, if it has the right shape."""
    formula: SubmittedFormula | None = None
    told_from_text: bool = False
    """Whether it was not said how the formula is written."""
    right: bool = False
    any_size: bool = True
    """Whether a right formula would be right for other sizes too."""
    rounded: bool = False
    """Whether a right formula is right to the digits that its numbers are written with."""
    convention: type[Mistake] | None = None
    """The mistake that makes it right by another convention."""
    explanations: Sequence[Explanation] = ()
    together: bool = False
    """Whether they are those of all arrays together."""
    premises: Sequence[str] = ()
    """The wrong answers that this one starts from."""
    is_right_step: bool = False
    """Whether it follows from them in a right step."""
    own: OwnMistake | None = None
    repair: Repair | None = None

    @property
    def follows(self) -> Sequence[str]:
        """The wrong answers that this one follows from in a right step."""
        return self.premises if self.is_right_step else ()

    def refuse(self, trouble: NotGradable) -> None:
        """Make it an answer that cannot be graded, and forget what else was found out about it."""
        self.__dict__ |= Judged(self.answer, self.line, trouble).__dict__


@dataclass(frozen=True)
class Judge:
    """Judges all answers to one problem."""

    key: AnswerKey
    rubric: Rubric
    single: bool = False
    """Whether numbers were computed with float32."""

    @np.errstate(all="ignore")  # what overflows with numbers of an answer is no fault, and no explanation
    def judged(self, answers: Mapping[str, RawAnswer]) -> list[Judged]:
        """What is found out about each answer."""
        found = [self._read(name, given) for name, given in answers.items()]
        unsettled = [one for one in found if one.trouble is None and one.convention is None and one.repair is None]
        wrong = [one for one in unsettled if not one.right]
        self._explain_arrays([one for one in found if one.submitted is not None])
        formulas = sum(one.formula is not None for one in wrong)
        for one in wrong:
            with isolated(one.refuse):
                one.own = self._own(one)
                if one.formula is not None:
                    self._explain_formula(one, one.formula, formulas)
        return found

    def _explain_formula(self, one: Judged, formula: SubmittedFormula, shares: int) -> None:
        """Find the mistake in a formula; where there is none but that its numbers are rounded, it is right."""
        one.explanations = formula_explained(formula, Allowance(shares))
        if formula.is_nearly_right and not _of_known(one.explanations):
            one.right, one.rounded, one.explanations = True, True, ()
        else:
            one.repair = repair_of(formula, one.explanations[0] if one.explanations else (), Allowance(shares))
            if one.repair is not None and not one.explanations:
                one.explanations = [cause for cause in [cause_of(formula, one.repair)] if cause]
        if not one.right and not one.own and not _convicts(formula, one.explanations):
            raise NotGradable(f"{read_by_convention(formula)} If that is not what is meant, write it another way.")

    def _explain_arrays(self, found: Sequence[Judged]) -> None:
        """Find the mistakes behind the arrays, all of them together; if that cannot be done, of each alone."""
        troubles: list[NotGradable] = []
        with isolated(troubles.append):
            self._explain_together(found)
        for one in found if troubles else ():
            with isolated(one.refuse):
                self._explain_together([one])

    def _explain_together(self, found: Sequence[Judged]) -> None:
        start = start_of(self.key)
        if start is None or all(one.right or one.convention for one in found):
            return
        submitted = {one.line.name: one.submitted for one in found if one.submitted}
        told = arrays_explained(self.key, start, submitted, follow_through=self.rubric.follow_through)
        names = {one.line.name: one.answer for one in found}
        for one in found:
            if one.line.name in told and one.convention is None:
                about = told[one.line.name]
                nearly = one.submitted is not None and agrees(one.submitted.array, self._right(one.line), LOOSE)
                one.explanations = _of_known(about.explanations) if nearly else about.explanations
                one.together = about.together
                one.premises, one.is_right_step = [names[line] for line in about.premises], about.follows
                if one.submitted is not None and one.submitted.digits and not one.follows:
                    one.explanations = _of_known(one.explanations)
                    one.trouble = None if one.explanations else NotGradable(TOO_FEW)

    def _read(self, name: str, given: RawAnswer) -> Judged:
        one = Judged(name, self.key.structure.line(self.key.line_of(name)))
        with isolated(one.refuse):
            if given.formula is not None:
                self._read_formula(one, given.formula, given)
            else:
                self._read_array(one, given)
        return one

    def _read_formula(self, one: Judged, text: str, given: RawAnswer) -> None:
        formula = self._formula(text, given.syntax, one.answer, upstream=self.rubric.upstream, by_name=given.by_name)
        line = formula.line
        others = (replace(formula, reading=other) for other in formula.reading.others)
        formula = next((other for other in (formula, *others) if other.is_right), formula)
        formula = self._before_its_change(formula)
        by_sample = formula.reading.doubt in {MEAN_ELSEWHERE, OF_ONE_SAMPLE} and _is_by_sample(formula)
        if formula.reading.doubt and not (formula.is_right or by_sample):
            raise NotGradable(formula.reading.doubt)
        if any(not formula.equals_reading(rival) for rival in formula.reading.rivals):
            raise NotGradable(f"The text gives several results for {one.answer} that are not equal: leave one.")
        formula.check_defined(one.answer)
        one.formula, one.line, one.told_from_text = formula, line, given.syntax is None
        one.any_size = formula.is_right_for_any_size
        if formula.reading.transposing is not None:
            self._judge_transposing(one, formula, formula.reading.transposing)
            return
        one.right = formula.is_right and not formula.is_padded and not formula.reading.in_columns
        if formula.is_right and formula.reading.in_columns:
            one.convention = SamplesInColumns
        elif formula.is_right and formula.is_padded:
            one.convention = ColumnForVector
        elif by_sample and not one.right:
            one.convention = PerSampleGradient
        elif not one.right and line.right.ndim == 2 and formula.equals(line.right.T):
            one.convention = Transposed

    def _before_its_change(self, formula: SubmittedFormula) -> SubmittedFormula:
        """A right gradient that was changed in place into the right one by another line, as dA1 is by its gate."""
        first = formula.reading.first
        if first is None or formula.is_right:
            return formula
        before = replace(formula, reading=replace(formula.reading, root=first, first=None))
        lines = [self.key.written.line(self.key.line_of(name)) for name in self.key.gradients]
        same = [line for line in lines if line.right.shape == formula.line.right.shape and line is not formula.line]
        return before if before.is_right and any(formula.equals(line.right) for line in same) else formula

    @staticmethod
    def _judge_transposing(one: Judged, formula: SubmittedFormula, factor: Span) -> None:
        """A product that does not exist is wrong if one transpose makes it right; else it says nothing."""
        if not formula.is_right:
            raise NotGradable(formula.reading.trouble)
        cause = Cause(MissingTranspose, "a factor of a product is not transposed, so that the product does not exist")
        one.repair = Repair(formula.expression, factor, cause)
        one.explanations = [cause_of(formula, one.repair)]

    def formula_of(self, own: OwnMistake) -> SubmittedFormula:
        """The formula of a mistake of the staff's own."""
        return self._formula(own.formula, own.syntax, own.answer, upstream=True)

    def _formula(
        self, text: str, syntax: Syntax | None, answer: str, *, upstream: bool, by_name: bool = False
    ) -> SubmittedFormula:
        line = self.key.written.line(self.key.line_of(answer))
        symbols = symbols_for(self.key.written, line, self.rubric.symbols, upstream=upstream)
        aliases = self.rubric.symbols
        reading = read(text, syntax, self.key, symbols, line, by_name=by_name, aliases=aliases)
        return SubmittedFormula(reading, self.key, line)

    def _read_array(self, one: Judged, given: RawAnswer) -> None:
        right = self._right(one.line)
        scale = ArrayComparison(self.key, one.answer, one.line, right, self.rubric.rtol, self.single)
        found = scale.of_text(given.text) if given.text is not None else scale.of_array(np.asarray(given.array))
        one.convention, one.trouble = found.convention, found.trouble
        if found.trouble is None:
            one.submitted = found.submitted
            one.right = found.submitted is not None and found.submitted.right and found.convention is None
        elif found.submitted is not None and self.key.at_problem_values is not None:
            variants, posed = self.key.structure.variants(one.line), self.key.at_problem_values
            one.explanations = [(v,) for v in variants if found.submitted.matches(posed(v.expression))][:1]

    def _right(self, line: Line) -> Array:
        if self.key.at_problem_values is None:
            raise NotGradable("This problem has no numbers: answer with a formula.")
        return self.key.at_problem_values(line.symbol)

    def _own(self, one: Judged) -> OwnMistake | None:
        """The mistake of the staff's own that this is."""
        posed = self.key.at_problem_values if self.key.written is self.key.structure else None
        for own in self.rubric.mistakes:
            if own.answer == one.answer:
                wrong = self.formula_of(own)
                if one.formula is not None and one.formula.equals(wrong.expression):
                    return own
                if one.submitted is not None and posed is not None and one.submitted.matches(wrong.value(posed)):
                    return own
        return None


def _convicts(formula: SubmittedFormula, explanations: Sequence[Explanation]) -> bool:
    """Whether a wrong formula is wrong however it was meant: what was read by convention convicts only with a cause."""
    if not read_by_convention(formula):
        return True
    causes = _of_known(explanations)
    if formula.reading.assumed:
        causes = [cause for cause in causes if not any(variant.mistake in LIKE_MISREADING for variant in cause)]
    return bool(causes)


def _is_by_sample(formula: SubmittedFormula) -> bool:
    """Whether a formula is right for the loss of each sample by itself."""
    wanted = of_each_sample(formula.line)
    return wanted is not None and formula.equals(wanted)


def _of_known(explanations: Sequence[Explanation]) -> list[Explanation]:
    """The explanations in which every factor is one that a known mistake brings in."""
    return [explanation for explanation in explanations if not any(variant.unrecognised for variant in explanation)]
