"""What each answer earns: all its points if it is right, else what its mistake leaves; and nothing for nothing.

A right step from a wrong answer earns all its points, and a step with a known mistake what the mistake leaves, if that
answer is work: it comes about by a known mistake from right values or from work, is a right step from work, is right
but for a factor, or is near the right one, which means within a factor of two in length and above 0.5 in correlation.
Otherwise the step earns no more than that answer. Nearness is measured against the right array in two digits, so that
submitting one array after another reveals no more of it than these.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainruler.grading.comparing import Array
from chainruler.grading.explanation import Explanation
from chainruler.grading.isolation import isolated
from chainruler.grading.judging import Judged
from chainruler.grading.key import AnswerKey
from chainruler.grading.mistakes.unknown import Unknown
from chainruler.grading.rubric import Rubric
from chainruler.grading.variants import Variant

NOTHING = 1e-6
"""An answer whose largest entry is no more than this part of the right one's is no work."""
SIZE, CORRELATION = 2.0, 0.5


class Earned(NamedTuple):
    """What an answer earns."""

    share: float = 0.0
    """The part of its points."""
    is_limited: bool = False
    """Whether it would be more if the wrong answers that it starts from were work."""


@dataclass(frozen=True)
class Credit:
    """What the answers of one submission earn."""

    key: AnswerKey
    rubric: Rubric
    judged: Mapping[str, Judged]
    """By their names."""

    def of(self, one: Judged) -> Earned:
        """What an answer earns: the best that any explanation leaves."""
        return self._earned.get(one.answer, Earned())

    @cached_property
    def _earned(self) -> dict[str, Earned]:
        """By their names, in the order of the derivation, since a step may earn no more than earlier ones."""
        order = self.key.structure.context.order
        premises = {name for one in self.judged.values() for name in one.premises}
        work: set[str] = set()
        earned: dict[str, Earned] = {}
        for one in sorted(self.judged.values(), key=lambda one: order[one.line.name]):
            with isolated(one.refuse):
                if one.answer in premises and self.rubric.follow_through and self._is_work(one, work):
                    work.add(one.answer)
                earned[one.answer] = self._of(one, work, earned)
        return earned

    def _of(self, one: Judged, work: Container[str], earned: Mapping[str, Earned]) -> Earned:
        """What an answer earns, after those that come before it."""
        if one.right or one.trouble is not None:
            return Earned(float(one.right))
        if one.convention is not None:
            return Earned(self.rubric.credit_of(one.convention))
        nothing = Earned(self.rubric.credit_of(Unknown))
        if _is_nothing(*self._arrays(one)):
            return nothing
        if one.own is not None and not one.follows:
            return Earned(one.own.credit)
        found = []
        for explanation in self._ways(one):
            left = self.rubric.credit_after(variant.mistake for variant in explanation)
            most = 1.0 if self._is_grounded(one, explanation, work) else min(earned[n].share for n in one.premises)
            found.append(Earned(min(left, most), most < left))
        return max(found, key=lambda one: one.share, default=nothing)

    def _is_work(self, one: Judged, work: Container[str]) -> bool:
        """Whether steps from a wrong answer are worth their points, by those before it that are work."""
        if one.right or one.convention is not None:
            return True
        if one.formula is None and one.submitted is None:
            return False
        answer, right = self._arrays(one)
        if _is_nothing(answer, right):
            return False
        if one.own is not None or (_is_near(answer, right) and not _is_copied(one)):
            return True
        return any(_is_known(e) and self._is_grounded(one, e, work) for e in self._ways(one))

    def _is_grounded(self, one: Judged, explanation: Explanation, work: Container[str]) -> bool:
        """Whether mistakes give an answer from work, or else from the right values alone."""
        if all(name in work for name in one.premises):
            return True
        values = self.key.at_problem_values
        if one.submitted is None or values is None:
            return False
        with np.errstate(all="ignore"):
            for variant in explanation:
                values = variant.made(values, aside=True)
            return one.submitted.matches(values.scratch()(one.line.symbol))

    def _ways(self, one: Judged) -> list[Explanation]:
        """The ways in which an answer comes about that are work: a right step has no mistake in it."""
        return [()] if one.follows else self._of_work(one)

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
