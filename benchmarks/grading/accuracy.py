"""How often the grader is right: about right answers, about wrong ones, and about why they are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median, quantiles
from time import process_time

import numpy as np

from benchmarks.grading.problems import Array, Graded
from benchmarks.grading.rewrites import rewritten
from chainruler.grading.explanation import Explanation
from chainruler.grading.judging import Judge, Judged, RawAnswer
from chainruler.grading.rubric import Rubric
from chainruler.notation import to_numpy


@dataclass
class Tally:
    """What was counted over many wrong answers."""

    made: int = 0
    shown: int = 0
    """How many of them change an answer at these numbers."""
    named: int = 0
    """The true cause, or one that is the same function, is among those that are named."""
    unique: int = 0
    """And nothing else is named."""
    unknown: int = 0
    """Nothing is named for some answer."""
    accepted: int = 0
    """They pass for right; it must be none."""
    seconds: list[float] = field(default_factory=list)

    def add(self, problem: Graded, mistakes: Explanation) -> None:
        """Judge what somebody hands in who makes these mistakes."""
        self.made += 1
        answers = problem.broken(*mistakes)
        if not all(np.isfinite(array).all() for array in answers.values()) or _is_right(answers, problem.right):
            return
        self.shown += 1
        judge, given = Judge(problem.key, Rubric()), {name: RawAnswer(array=array) for name, array in answers.items()}
        began = process_time()
        judged = judge.judged(given)
        self.seconds.append(process_time() - began)
        wrong = [one for one in judged if not one.right]
        self.accepted += not wrong
        self.unknown += any(not one.explanations and not one.follows for one in wrong)
        hit = _names(problem, mistakes, wrong)
        self.named += hit
        self.unique += hit and all(len(one.explanations) == 1 for one in wrong)

    def percent(self, count: int) -> str:
        """A part of those that show."""
        return f"{100 * count / self.shown:.2f} %" if self.shown else "none"

    def milliseconds(self) -> str:
        """Median and 99th percentile of CPU time."""
        if len(self.seconds) < 2:
            return "none"
        return f"{median(self.seconds) * 1e3:.2f} / {quantiles(self.seconds, n=100)[-1] * 1e3:.1f}"


def _is_right(answers: dict[str, Array], right: dict[str, Array]) -> bool:
    return all(np.allclose(array, right[name], rtol=1e-6, atol=0) for name, array in answers.items())


def _names(problem: Graded, mistakes: Explanation, wrong: Sequence[Judged]) -> bool:
    """Whether the mistakes are among those that are named, or what is named is the same function."""
    made = {variant.mistake for variant in mistakes}
    told = {variant.mistake for one in wrong for explanation in one.explanations for variant in explanation}
    if made <= told:
        return True
    first = dict.fromkeys(variant for one in wrong for explanation in one.explanations[:1] for variant in explanation)
    return bool(first) and problem.is_the_same(mistakes, problem.in_order(*first))


def singles(problems: Sequence[Graded]) -> Tally:
    """Every single mistake at every place."""
    tally = Tally()
    for problem in problems:
        for variant in problem.mistakes():
            tally.add(problem, (variant,))
    return tally


def pairs(problems: Sequence[Graded], of_each: int) -> Tally:
    """Two different mistakes at random places."""
    tally, random = Tally(), Random(0)  # noqa: S311 (the same pairs every time)
    for problem in problems:
        every = list(problem.mistakes())
        for _ in range(of_each):
            first = random.choice(every)
            second = random.choice([v for v in problem.second(first) if v.mistake is not first.mistake])
            both = (first, second) if first.line.name == second.line.name else problem.in_order(first, second)
            tally.add(problem, both)
    return tally


def right_formulas(problems: Sequence[Graded], of_each: int) -> tuple[int, int]:
    """How many rewritten right formulas there are, and how many of them are taken for right."""
    random = Random(0)  # noqa: S311
    tried = accepted = 0
    for problem in problems:
        structure = problem.key.written
        for name in problem.right:
            line = structure.line(f"d{name}")
            for _ in range(of_each):
                formula = rewritten(to_numpy(line.right), structure.context, random)
                judged = Judge(problem.key, Rubric()).judged({name: RawAnswer(formula=formula)})
                tried += 1
                accepted += judged[0].right
    return tried, accepted


def wrong_answers(problems: Sequence[Graded], count: int) -> tuple[int, int]:
    """How many wrong answers there are, arrays and formulas of one mistake or two, and how many pass for right."""
    random = Random(1)  # noqa: S311
    tried = accepted = 0
    while tried < count:
        problem = random.choice(problems)
        variant = random.choice(list(problem.mistakes()))
        answers = problem.broken(variant)
        name = random.choice(list(answers))
        if not np.isfinite(answers[name]).all() or _is_right({name: answers[name]}, problem.right):
            continue
        given = RawAnswer(array=answers[name])
        line = variant.line
        if line.parameter is not None and problem.key.written is problem.key.structure and random.random() < 0.5:
            name, given = line.of, RawAnswer(formula=rewritten(to_numpy(variant.expression), line.context, random))
        judge = Judge(problem.key, Rubric())
        tried += 1
        accepted += judge._read(name, given).right  # noqa: SLF001 (the verdict alone, without looking for the reason)
    return tried, accepted
