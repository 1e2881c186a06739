"""Every way in which a line can be broken: each mistake of the registry, at each place where it changes something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain

import numpy as np

from chainruler.engine import Evaluation, Expression, ExpressionError
from chainruler.grading.comparing import Array
from chainruler.grading.instead import Others, changes_at
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Changes, Mistake
from chainruler.notation import to_numpy

ROW = 4096
SAME = 1e-9
"""Values that differ by less at a random point are those of one function."""


@dataclass(frozen=True, eq=False)
class Variant:
    """A line with a mistake in it."""

    line: Line
    """The line before: the right one, or one with an earlier mistake in it."""
    mistake: type[Mistake]
    expression: Expression
    evidence: str
    unrecognised: bool = False
    """Whether it is a factor that no mistake is known to bring in."""
    also: Mapping[str, Expression] = field(default_factory=dict)
    """The right sides of later lines that become others with it."""

    @cached_property
    def definitions(self) -> dict[Expression, Expression]:
        """The later lines that are computed otherwise, by the symbols that they define."""
        context = self.line.context
        return context.passing | {context.symbols[name]: right for name, right in self.also.items()}

    @cached_property
    def numpy(self) -> str:
        """The wrong right side in NumPy syntax."""
        return to_numpy(self.expression)

    def made(self, values: Evaluation, *, aside: bool = False) -> Evaluation:
        """The values of a derivation with this mistake in it; `aside` leaves nothing behind in those without."""
        wrong = (values.scratch() if aside else values)(self.expression)
        return values.with_values({self.line.symbol: wrong}, self.definitions)

    def vanishes_at(self, point: Evaluation) -> bool:
        """Whether nothing but rounding is left of the line at a point."""
        value, right = point.scratch()(self.expression), point.scratch()(self.line.right)
        return bool(np.abs(value).max(initial=0.0) <= SAME * np.abs(right).max(initial=0.0))

    @property
    def kind(self) -> object:
        """What is one misunderstanding, wherever it shows: the same mistake, or the same unrecognised factor."""
        return (self.mistake, self.evidence) if self.unrecognised else self.mistake


def variants_of(line: Line, point: Evaluation, others: Others) -> list[Variant]:
    """The line's variants, each function once; `point` is a random one, at which they are told apart."""
    found: dict[object, Variant] = {}
    for mistake in sorted(Mistake.registry.values(), key=lambda mistake: mistake.generic):  # first what says most
        local = (_changes(mistake, form) for form in line.context.forms(line))
        for changed, evidence, also in chain(*local, changes_at(line, others.get(mistake, ()))):
            if changed is not None and (also or changed is not line.right):
                variant = Variant(line, mistake, changed, evidence, also=also)
                found.setdefault((changed, frozenset(also.items()), mistake.by_number), variant)
    return list(_different(found.values(), line, point))


def _changes(mistake: type[Mistake], line: Line) -> Changes:
    """The changes of a mistake, as far as they go: a line that is broken already may not take all of them."""
    backward = line.is_gradient or line.name == line.context.network.objective
    if not (mistake.backward if backward else mistake.forward):
        return
    try:
        yield from mistake.changes(line)
    except ExpressionError:
        return


def _different(variants: Iterable[Variant], line: Line, point: Evaluation) -> Iterator[Variant]:
    """Those that differ from the right line and from one another, and are finite."""
    for symbol in line.uses:
        point(symbol)  # remembered; what is made of it is not
    seen: dict[object, list[tuple[Array, type[Mistake] | None]]] = {}
    seen[line.right.shape, frozenset()] = [(fingerprint(point.scratch()(line.right)), None)]
    for variant in variants:
        value = point.scratch()(variant.expression)
        if np.isfinite(value).all():
            mark, mistake = fingerprint(value), variant.mistake
            others = seen.setdefault((variant.expression.shape, frozenset(variant.also.items())), [])
            if not _is_among(mark, [other for other, earlier in others if earlier is None or covers(earlier, mistake)]):
                others.append((mark, mistake))
                yield variant


def covers(one: type[Mistake], other: type[Mistake]) -> bool:
    """Whether of two mistakes that give the same function only the first is told."""
    return other.generic or one.by_number == other.by_number


def _is_among(mark: Array, others: list[Array]) -> bool:
    """Whether a fingerprint is one of others."""
    known = np.reshape(others, (-1, mark.size))
    largest = np.abs(known).max(axis=1, initial=0.0)
    far = np.abs(known - mark).max(axis=1, initial=0.0)
    return bool((far <= SAME * np.where(largest > 0, largest, 1.0)).any())


def fingerprint(value: Array) -> Array:
    """A few numbers by which arrays are told apart: its sums with random weights, first along rows of one length."""
    flat = value.ravel()
    whole = flat[: flat.size - flat.size % ROW].reshape(-1, ROW)
    rest = flat[flat.size - flat.size % ROW :]
    weights = _weights()
    mark: Array = np.cos(np.arange(len(whole))) @ (whole @ weights) + rest @ weights[: rest.size] * np.e
    return mark


@lru_cache(maxsize=1)
def _weights() -> Array:
    return np.random.default_rng(0).normal(size=(ROW, 4))
