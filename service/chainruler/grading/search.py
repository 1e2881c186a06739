"""Which mistakes explain what was submitted: the fewest that, made in the right derivation, give exactly these arrays.

The lines of a derivation are gone through in order. A line that was submitted must come out as it was; a line that was
not may hold a mistake that nobody sees but through the lines after it. So a wrong way is left at the first submitted
line that it does not meet, and what is tried is few.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import compress

import numpy as np

from chainruler.engine import Evaluation, Expression
from chainruler.grading.explanation import Explanation, Outcome, cost_of, only_first_is_told, size_of
from chainruler.grading.key import Structure
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Mistake
from chainruler.grading.scales import FACTORS_ONLY, OF_SCALES
from chainruler.grading.states import SearchState
from chainruler.grading.submitted import SubmittedArray
from chainruler.grading.variants import Variant

MOST_WORK = 2e9
"""So much arithmetic is done at most, of which 20,000 values of a small network can be looked at and fewer of a large
one; what is not found by then is not known."""
MOST_HIDDEN = 24
"""The most lines without a submitted array in which a search looks for mistakes: the first ones and the last."""
LIKE = 0.3
"""The cosine, over all entries, from which on arrays are like the right ones; that of noise in 80 entries is 0.1."""
LARGE = 50_000
"""Larger values are not kept."""


class Allowance:
    """A bound on the arithmetic of all searches that share it; a submission's answers divide it into `shares`."""

    def __init__(self, shares: int = 1) -> None:
        self.left = MOST_WORK / shares
        self.local: dict[tuple[SubmittedArray, int], list[Sequence[Variant]]] = {}
        """The mistakes in a line itself, by the array that they give and how many of them may be made."""

    def affords(self, work: float, times: int) -> int:
        """Spends arithmetic several times; so often it is not yet used up."""
        before, self.left = self.left, self.left - work * times
        return min(times, max(0, int(before // work)))

    def spend(self, work: float) -> bool:
        """Spends arithmetic; False once the bound is reached."""
        self.left -= work
        return self.left >= 0


class Search:
    """Explains arrays that were submitted for lines of a structure, from one state on.

    Unless `hidden`, mistakes are looked for in the lines alone that were submitted.
    """

    def __init__(
        self,
        structure: Structure,
        start: SearchState,
        submitted: Mapping[str, SubmittedArray],
        allowance: Allowance,
        *,
        hidden: bool = True,
    ) -> None:
        self.structure, self.start, self.submitted, self.hidden = structure, start, submitted, hidden
        self.large = {name for name in submitted if submitted[name].array.size > LARGE}
        self.lines = self._lines_between()
        self.allowance, self.work = allowance, structure.work(start.evaluations[0])
        self.settled: set[str] = set()
        """The hidden lines that right submitted ones are made of: a mistake in these would show."""
        self.doubles = False
        """Whether two mistakes are looked for in one line that was not submitted, since nothing else was found."""

    def may_go_on(self, lines: int = 1) -> bool:
        """Spends what it takes to evaluate lines; False once the allowance is used up."""
        return self.allowance.spend(lines * self.work)

    def explanations(self, budget: int, *, doubles: bool = False) -> list[Explanation]:
        """The explanations by the fewest kinds of mistakes, up to a number of kinds; each function once."""
        places = {line.name: place for place, line in enumerate(self.lines)}
        if any(one.explains_nothing for one in self.submitted.values() if not one.right and not one.given):
            budget = min(budget, 1)  # zeros, and arrays that are given, come out by too many pairs
        ways = list(self._walk(0, self.start, (), budget))
        self.doubles = doubles and not ways and budget >= 2 and self._is_like_the_right()
        self.settled = self._before_right_ones() if self.doubles else set()
        found = sorted(
            ways or (self._walk(0, self.start, (), budget) if self.doubles else ()),
            key=lambda explanation: (*self._order(explanation), places[explanation[0].line.name] if explanation else 0),
        )
        results: list[Outcome] = []
        for explanation in found:
            if size_of(explanation) > size_of(found[0]):
                break
            result = Outcome(explanation, self.structure, (n for n in self.submitted if not self.submitted[n].is_zero))
            if not any(
                only_first_is_told(other.explanation, explanation) and result.equals(other) for other in results
            ):
                results.append(result)
        return [result.explanation for result in results]

    def _before_right_ones(self) -> set[str]:
        found: set[str] = set()
        needed: set[Expression] = set()
        for line in reversed(self.lines):
            if self.submitted[line.name].right if line.name in self.submitted else line.symbol in needed:
                needed |= line.uses
                found.add(line.name)
        return found

    def _is_like_the_right(self) -> bool:
        """Whether the wrong arrays point where the right ones do, or away from there: noise needs no long search."""
        cosines, values = [], self.start.evaluations[-1]
        for name, one in self.submitted.items():
            if not (one.right or one.given):
                right = values(self.structure.context.symbols[name])
                below = float(np.linalg.norm(one.array) * np.linalg.norm(right))
                cosines += [float(np.vdot(one.array, right)) / below if below else 0.0] * one.array.size
        return abs(float(np.mean(cosines))) >= LIKE if cosines else False

    def _order(self, explanation: Explanation) -> tuple[int, bool, int, bool, bool]:
        """Fewest kinds of mistakes first, then known ones, then fewest mistakes, then those that say most.

        A mistake that makes a line vanish says little: it takes a whole path away, which has a name of its own.
        """
        vanishes = any(variant.vanishes_at(self.structure.probe_point) for variant in explanation)
        return (*size_of(explanation), vanishes, any(variant.mistake.generic for variant in explanation))

    def _lines_between(self) -> list[Line]:
        """The lines that were submitted, and those whose mistakes would show in a wrong one, in order."""
        context = self.structure.context
        wanted = {context.symbols[n] for n, one in self.submitted.items() if not (one.right or one.given)}
        kept = []
        for name in reversed(context.lines):
            if context.symbols[name] in wanted or name in self.submitted:
                line = self.structure.line(name)
                if name in self.submitted or self.hidden:
                    kept.append(line)
                if context.symbols[name] in wanted and not (name in self.submitted and self.submitted[name].right):
                    wanted |= line.uses
        hidden = [line for line in kept if line.name not in self.submitted]
        left_out = set(hidden[MOST_HIDDEN // 2 : -MOST_HIDDEN // 2])
        return [line for line in kept[::-1] if line not in left_out]

    def _walk(self, place: int, state: SearchState, made: Explanation, budget: int) -> Iterator[Explanation]:
        """Every continuation from a line, within the number of mistakes that are left."""
        if not self.may_go_on():
            return
        if place == len(self.lines):
            yield made
            return
        line = self._line(place, state)
        if line.name in self.submitted:
            yield from self._through(place, state, made, budget)
            return
        yield from self._walk(place + 1, state, made, budget)
        if self.doubles:
            yield from self._doubled(place, state, made, budget)
            return
        for variant in self.structure.variants(line) if budget or made else ():
            again = variant.mistake.habit and any(variant.mistake is other.mistake for other in made)
            left = budget if again else budget - 1
            if left >= 0 and variant.expression.shape == line.right.shape:
                yield from self._walk(place + 1, state.with_mistake(variant), (*made, variant), left)

    def _doubled(self, place: int, state: SearchState, made: Explanation, budget: int) -> Iterator[Explanation]:
        """Two mistakes in a line that was not submitted."""
        line = self._line(place, state)
        for first in self._structural(line) if budget >= 2 and line.name not in self.settled else ():
            for second in self._structural(self.structure.broken(first)) if self.may_go_on() else ():
                yield from self._walk(place + 1, state.passing(second), (*made, first, second), budget - 2)

    def _through(self, place: int, state: SearchState, made: Explanation, budget: int) -> Iterator[Explanation]:
        """Every way through a line that was submitted."""
        line, submitted = self._line(place, state), self.submitted[self.lines[place].name]
        values = (self._of(line, one)(line.right) for one in state.evaluations)
        if submitted.given or any(map(submitted.matches, values)):
            onwards = state if submitted.right else state.with_submitted(line, submitted.array)
            yield from self._walk(place + 1, onwards, made, budget)
            return
        for local in self._local(line, state, submitted, made, budget) if not submitted.right else ():
            left = budget - cost_of(local, made)
            yield from self._walk(place + 1, state.with_submitted(line, submitted.array, local), (*made, *local), left)

    def _line(self, place: int, state: SearchState) -> Line:
        """The line at a place, as it is after the mistakes in earlier ones."""
        line = self.lines[place]
        return self.structure.written(line.name, state.also[line.name]) if line.name in state.also else line

    def _local(
        self, line: Line, state: SearchState, submitted: SubmittedArray, made: Explanation, budget: int
    ) -> Iterable[Sequence[Variant]]:
        """The mistakes in the line itself that give what was submitted; from where searches start they are kept."""
        if made or state is not self.start:
            return self._tried(line, state, submitted, made, budget)
        kept, key = self.allowance.local, (submitted, budget)
        if key not in kept:
            kept[key] = list(self._tried(line, state, submitted, made, budget))
        return kept[key]

    def _tried(
        self, line: Line, state: SearchState, submitted: SubmittedArray, made: Explanation, budget: int
    ) -> Iterator[Sequence[Variant]]:
        """One mistake in the line itself, or else two."""
        known = {variant.mistake for variant in made}
        found = False
        for local in self._one(line, state, submitted, None if budget else known):
            found = True
            yield local
        if not found and budget + len(known) >= 2:
            may_scale = budget or not known.isdisjoint(OF_SCALES)
            may_fit = budget > 0 or any(variant.unrecognised for variant in made)
            scaled = self._scaled(line, state, submitted, structural=budget >= 2, unrecognised=may_fit)
            for local in scaled if may_scale else ():
                if cost_of(local, made) <= budget:
                    found = True
                    yield local
            if not found and budget >= 2:
                yield from self._two(line, state, submitted)

    def _one(
        self, line: Line, state: SearchState, submitted: SubmittedArray, kinds: Container[type[Mistake]] | None
    ) -> Iterator[Sequence[Variant]]:
        """One mistake, of some kinds or of any."""
        for variant in self._possible(line, state, submitted, kinds):
            for values in state.evaluations:
                if submitted.matches(self._of(line, values)(variant.expression)):
                    yield (variant,)
                    break

    def _possible(
        self, line: Line, state: SearchState, submitted: SubmittedArray, kinds: Container[type[Mistake]] | None
    ) -> Iterator[Variant]:
        """The variants of some kinds or of any, without those that a look at one entry rules out."""
        variants = self.structure.variants(line)
        if kinds is None and state.remembers and variants:
            paid = self.allowance.affords(self.work, len(variants))
            yield from compress(variants[:paid], submitted.may_be(state.broken(line, variants)))
            return
        for variant in variants:
            if kinds is None or variant.mistake in kinds:
                if not self.may_go_on():
                    return
                yield variant

    def _scaled(
        self, line: Line, state: SearchState, submitted: SubmittedArray, *, structural: bool, unrecognised: bool
    ) -> Iterator[Sequence[Variant]]:
        """Wrong factors on the two parts of the gradient, alone or with one mistake of another kind."""
        for first in (None, *(self._structural(line) if structural else ())):
            if self.may_go_on():
                broken = line if first is None else self.structure.broken(first)
                # an unrecognised factor on a wrong penalty, or on what is one number, would fit anything
                fitted = unrecognised and (first is None or not (broken.data is line.data or submitted.is_flat))
                values = self._of(line, state.evaluations[0])
                for scaling in self.structure.scales(broken).fit(values, submitted, unrecognised=fitted):
                    yield scaling if first is None else [first, *scaling]

    def _two(self, line: Line, state: SearchState, submitted: SubmittedArray) -> Iterator[Sequence[Variant]]:
        """Two mistakes, neither of which is only a factor."""
        for first in self._structural(line):
            for second in self._structural(self.structure.broken(first)) if self.may_go_on() else ():
                if self.may_go_on() and submitted.matches(self._of(line, state.evaluations[0])(second.expression)):
                    yield first, second

    def _of(self, line: Line, values: Evaluation) -> Evaluation:
        """Where to evaluate a line: large values, wanted once, are not remembered."""
        return values.scratch() if line.name in self.large else values

    def _structural(self, line: Line) -> list[Variant]:
        """The ways to break a line that are no mere factors, and leave it its shape."""
        broken = self.structure.variants(line)
        return [v for v in broken if v.mistake not in FACTORS_ONLY and v.expression.shape == line.right.shape]
