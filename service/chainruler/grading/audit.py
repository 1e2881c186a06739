"""Whether a problem's numbers are good to grade with: on which of them a mistake shows, and is no other one.

Two mistakes that are the same function of all numbers cannot be told apart by any data, and count as one. What is
looked for are mistakes that only these data hide: because a size occurs twice, a factor is 1, or a gate is always open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from chainruler.engine import Evaluation, label_of, variables
from chainruler.grading.comparing import Array
from chainruler.grading.key import AnswerKey
from chainruler.grading.points import distance_from_kinks
from chainruler.grading.variants import SAME, Variant, fingerprint

SPECIAL = {0.0, 0.25, 0.5, 1.0, 2.0}
"""Factors of a penalty that hide a 2, a half, or themselves."""
VISIBLE = 1e-4
"""A mistake shows if it changes an answer by this part of its size: as much as rounded numbers still tell."""


@dataclass(frozen=True)
class Audit:
    """What the numbers of a problem hide."""

    mistakes: int
    """How many different mistakes can be made on the way to the answers."""
    invisible: tuple[Variant, ...]
    """Those that change nothing here."""
    alike: tuple[tuple[Variant, Variant], ...]
    """Those that give the same here, although they are not the same."""
    sizes: dict[str, int]
    factors: dict[str, float]
    """The factors of the penalties."""
    kinks: float
    """How far the nearest entry is from a kink."""
    zero: tuple[str, ...] = ()
    """Answers whose right gradient is 0, such as a bias before batch norm: zeros are right, and show nothing."""

    @property
    def flaws(self) -> int:
        """How many mistakes are hidden or cannot be told from another one."""
        return len(self.invisible) + len(self.alike)

    def why(self) -> str:
        """What the reason may be."""
        ones = [f"{name} is 1" for name, size in self.sizes.items() if size == 1]
        pairs = [f"{a} and {b} are both {n}" for (a, n), (b, m) in combinations(self.sizes.items(), 2) if n == m]
        special = [f"{name} is {value:g}" for name, value in self.factors.items() if value in SPECIAL]
        return "; ".join([*ones, *pairs, *special]) or "it happens so with these numbers"


def audit(key: AnswerKey, answers: Sequence[str]) -> Audit:
    """The audit of a problem with numbers, for the answers that are asked for."""
    lines = [key.line_of(answer) for answer in answers]
    posed = key.at_problem_values
    if posed is None:
        raise ValueError("A problem without numbers has none to audit.")
    here, elsewhere = _Marks(posed, key, lines), _Marks(key.structure.probe_point, key, lines)
    distinct: list[Variant] = []
    for variant in _variants(key):
        mark = elsewhere.of(variant)
        if mark is not None and elsewhere.differs(mark, [elsewhere.right, *map(elsewhere.of, distinct)], SAME):
            distinct.append(variant)
    shown = [variant for variant in distinct if here.differs(here.of(variant), [here.right], VISIBLE)]
    alike = [(shown[one], shown[other]) for one, other in _close([here.of(variant) for variant in shown])]
    hidden = tuple(variant for variant in distinct if variant not in shown)
    context = key.structure.context
    factors = {label_of(symbol): float(posed(symbol)) for symbol in context.penalty_factors}
    kinks = distance_from_kinks(context, posed)
    zero = tuple(answer for answer, line in zip(answers, lines, strict=True) if key.is_zero(line))
    return Audit(len(distinct), hidden, tuple(alike), sizes_of(key), factors, kinks, zero)


def _variants(key: AnswerKey) -> list[Variant]:
    """Every way to break one line, that leaves its shape."""
    lines = map(key.structure.line, key.structure.context.lines)
    every = [(line, variant) for line in lines for variant in key.structure.variants(line)]
    objective = key.structure.context.network.objective
    return [v for line, v in every if v.expression.shape == line.right.shape and line.name != objective]


def _close(marks: Sequence[Array | None]) -> Iterator[tuple[int, int]]:
    """The numbers of every two marks that do not differ."""
    places = [place for place, mark in enumerate(marks) if mark is not None]
    known = np.array([mark for mark in marks if mark is not None])
    for number, place in enumerate(places[:-1]):
        near = np.abs(known[number + 1 :] - known[number]).max(axis=1) <= VISIBLE
        yield from ((place, places[number + 1 + other]) for other in np.flatnonzero(near))


class _Marks:
    """What each mistake makes of the answers at a point, in a few numbers."""

    def __init__(self, point: Evaluation, key: AnswerKey, lines: Sequence[str]) -> None:
        self.point = point
        self.symbols = [key.structure.context.symbols[name] for name in lines]
        self.scales = [float(np.linalg.norm(point(symbol))) or 1.0 for symbol in self.symbols]
        self.known: dict[Variant, Array | None] = {}
        self.right = self._mark(point)

    def of(self, variant: Variant) -> Array | None:
        """The mark of a mistake; None where it gives no numbers."""
        if variant not in self.known:
            self.known[variant] = self._mark(variant.made(self.point, aside=True))
        return self.known[variant]

    def _mark(self, values: Evaluation) -> Array | None:
        marks = [fingerprint(values(s)) / scale for s, scale in zip(self.symbols, self.scales, strict=True)]
        mark = np.concatenate(marks)
        return mark if np.isfinite(mark).all() else None

    @staticmethod
    def differs(mark: Array | None, others: Sequence[Array | None], by: float) -> bool:
        """Whether a mark differs from all others."""
        if mark is None:
            return True
        known = [other for other in others if other is not None]
        return not known or bool((np.abs(np.stack(known) - mark).max(axis=1) > by).all())


def sizes_of(key: AnswerKey) -> dict[str, int]:
    """The number of samples, of features, and of units in each layer with weights."""
    network = key.structure.context.network
    weights = {p.variable for p in network.parameters.values() if p.role == "weight"}
    layers = [name for name, line in network.system if not weights.isdisjoint(variables([line])) and line.ndim == 2]
    named = {"N": key.batch}
    for name in [label_of(network.x), *layers]:
        sides = [side for side in key.structure.context.symbols[name].shape if isinstance(side, int)]
        named |= {f"the width of {name}": sides[0]} if len(sides) == 1 else {}
    return named
