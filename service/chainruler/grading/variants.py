"""Every way in which a line can be broken: each mistake of the registry, at each place where it changes something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from chainruler.engine import Evaluation, Expression, ExpressionError, Shape
from chainruler.grading.comparing import Array
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Changes, Mistake

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
    odd: bool = False
    """Whether it is a factor that no mistake is known to bring in."""

    @property
    def kind(self) -> object:
        """What is one misunderstanding, wherever it shows: the same mistake, or the same odd factor."""
        return (self.mistake, self.evidence) if self.odd else self.mistake


def variants_of(line: Line, point: Evaluation) -> list[Variant]:
    """The line's variants, each function once; `point` is a random one, at which they are told apart."""
    found: dict[Expression, Variant] = {}
    for mistake in _mistakes(line):
        for changed, evidence in _changes(mistake, line):
            if changed is not None and changed is not line.right and changed not in found:
                found[changed] = Variant(line, mistake, changed, evidence)
    return list(_different(found.values(), line, point))


def _changes(mistake: type[Mistake], line: Line) -> Changes:
    """The changes of a mistake, as far as they go: a line that is broken already may not take all of them."""
    try:
        yield from mistake.changes(line)
    except ExpressionError:
        return


def _mistakes(line: Line) -> list[type[Mistake]]:
    """The mistakes that can be made in such a line; those first that say most."""
    backward = line.is_gradient or line.name == line.scenery.network.objective
    fitting = [mistake for mistake in Mistake.registry.values() if mistake.forward != backward]
    return sorted(fitting, key=lambda mistake: mistake.generic)


def _different(variants: Iterable[Variant], line: Line, point: Evaluation) -> Iterator[Variant]:
    """Those that differ from the right line and from one another, and are finite."""
    for symbol in line.uses:
        point(symbol)  # remembered; what is made of it is not
    seen: dict[Shape, list[Array]] = {line.right.shape: [fingerprint(point.scratch()(line.right))]}
    for variant in variants:
        value = point.scratch()(variant.expression)
        if np.isfinite(value).all():
            mark = fingerprint(value)
            others = seen.setdefault(variant.expression.shape, [])
            if not _is_among(mark, others):
                others.append(mark)
                yield variant


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
