"""What each answer earns: all its points if it is right, else what its mistake leaves; and nothing for nothing.

A right step from a wrong answer earns all its points if that answer is work: it comes about by a known mistake, is
right but for a factor, or is near the right one, which means within a factor of two in length and above 0.5 in
correlation. Otherwise it earns what that answer earns. Nearness is measured against the right array in two digits, so
that submitting one array after another reveals no more of it than these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainruler.grading.comparing import Array
from chainruler.grading.judging import Judged
from chainruler.grading.key import AnswerKey
from chainruler.grading.mistakes.unknown import Unknown
from chainruler.grading.rubric import Rubric
from chainruler.grading.search import Explanation
from chainruler.grading.variants import Variant

NOTHING = 1e-6
"""An answer whose largest entry is no more than this part of the right one's is no work."""
SIZE, CORRELATION = 2.0, 0.5


@dataclass(frozen=True)
class Credit:
    """What the answers of one submission earn."""

    key: AnswerKey
    rubric: Rubric
    judged: Mapping[str, Judged]
    """By their names."""

    def of(self, one: Judged) -> float:
        """The part of its points that an answer earns: the best that any explanation leaves."""
        if one.right or one.trouble is not None:
            return float(one.right)
        if one.convention is not None:
            return self.rubric.credit_of(one.convention)
        nothing = self.rubric.credit_of(Unknown)
        if _is_nothing(*self._arrays(one)):
            return nothing
        if one.follows:
            return self._of_following(one)
        if one.own is not None:
            return one.own.credit
        return max((self.rubric.credit_after(v.mistake for v in e) for e in self._of_work(one)), default=nothing)

    def _of_following(self, one: Judged) -> float:
        """All for a right step from work; else, or without follow-through, what the answers it starts from earn."""
        starts = [self.judged[name] for name in one.follows]
        followed = self.rubric.follow_through and all(map(self._is_work, starts))
        return 1.0 if followed else min(map(self.of, starts))

    def _is_work(self, one: Judged) -> bool:
        """Whether a right step from a wrong answer is worth its points."""
        if one.right or one.convention is not None:
            return True
        if one.formula is None and one.submitted is None:
            return False
        answer, right = self._arrays(one)
        if _is_nothing(answer, right):
            return False
        if one.own is not None or any(map(_is_known, self._of_work(one))):
            return True
        return _is_near(answer, right) and not _is_copied(one)

    def _of_work(self, one: Judged) -> list[Explanation]:
        """The explanations in which no line is next to nothing, or was copied: no work at all would have them too."""
        if _is_copied(one):
            return []
        point = self.key.at_problem_values if one.formula is None else self.key.home
        if point is None:
            return list(one.explanations)
        values = point.scratch()

        def is_none(variant: Variant) -> bool:
            name = variant.line.name
            return name in self._copied or _is_nothing(values(variant.expression), values(variant.line.right))

        return [explanation for explanation in one.explanations if not any(map(is_none, explanation))]

    @cached_property
    def _copied(self) -> set[str]:
        """The lines for which an array was submitted that the problem gives."""
        return {one.line.name for one in self.judged.values() if one.formula is None and _is_copied(one)}

    def _arrays(self, one: Judged) -> tuple[Array, Array]:
        """An answer's numbers and the right ones."""
        if one.formula is not None:
            point = self.key.home
            return one.formula.value(point), point(one.line.right)
        if one.submitted is None or self.key.at_problem_values is None:
            raise ValueError(f"{one.answer} has no numbers.")
        return one.submitted.array, self.key.at_problem_values(one.line.symbol)


def _is_nothing(answer: Array, right: Array) -> bool:
    """Whether an answer is 0, or next to it, where the right one is not."""
    return bool(np.abs(answer).max(initial=0.0) <= NOTHING * np.abs(right).max(initial=0.0))


def _is_copied(one: Judged) -> bool:
    """Whether an answer is an array that the problem itself gives."""
    if one.formula is not None:
        return one.formula.is_copied
    return one.submitted is not None and one.submitted.copied


def _is_known(explanation: Explanation) -> bool:
    """Whether mistakes explain an answer that are known, or one factor alone, of whatever size."""
    return len({variant.kind for variant in explanation}) == 1 or not any(
        variant.unrecognised for variant in explanation
    )


def _is_near(answer: Array, right: Array) -> bool:
    """Whether an answer is of about the right size and direction, as far as two digits of the right one say."""
    rough = _two_digits(right)
    if answer.shape != right.shape or not rough.any():
        return False
    unit = float(np.abs(rough).max())
    a, b = (answer / unit).ravel(), (rough / unit).ravel()
    length, wanted = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    return wanted / SIZE <= length <= wanted * SIZE and bool(a @ b > CORRELATION * length * wanted)


def _two_digits(right: Array) -> Array:
    """The array rounded to the second digit of its largest entry."""
    largest = float(np.abs(right).max(initial=0.0))
    if not 1e-290 < largest < 1e290:
        return np.zeros_like(right)
    unit = 10.0 ** (np.floor(np.log10(largest)) - 1)
    return np.asarray(np.rint(right / unit) * unit)
