"""Every way in which a line can be broken: each mistake of the registry, at each place where it changes something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from chainruler.engine import Evaluation, Expression, ExpressionError, Shape
from chainruler.grading.comparing import Array, apart
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Changes, Mistake

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
    seen: dict[Shape, list[Array]] = {line.right.shape: [fingerprint(point.scratch()(line.right))]}
    for variant in variants:
        value = point.scratch()(variant.expression)
        if np.isfinite(value).all():
            mark = fingerprint(value)
            others = seen.setdefault(variant.expression.shape, [])
            if all(apart(mark, other) > SAME for other in others):
                others.append(mark)
                yield variant


def fingerprint(value: Array) -> Array:
    """A few numbers by which arrays are told apart: its sums with random weights."""
    return _weights(value.size) @ value.ravel()


@lru_cache(maxsize=64)
def _weights(count: int) -> Array:
    return np.random.default_rng(count).normal(size=(4, count))
