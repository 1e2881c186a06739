"""Formulas as answers: read in the symbols of the problem, and compared with the right line at several points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainruler.engine import (
    Asides,
    Evaluation,
    Expression,
    ExpressionError,
    Shape,
    label_of,
    reshape,
    show_shape,
    softmax,
    substitute,
    variables,
)
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.grading.comparing import FLOAT64, Array, Tolerance, agrees
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import Key, Structure
from chainruler.grading.lines import Line
from chainruler.grading.points import SCALES
from chainruler.grading.reaching import crossing, extreme, reaching, scaled_alone
from chainruler.grading.rounding import Rounding
from chainruler.grading.scenery import Scenery
from chainruler.grading.switches import has_tiny_factor, may_hide, numbers_of, offsets_of, switches_of
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.notation import (
    Asked,
    Conventions,
    FormulaError,
    Function,
    Limits,
    Reading,
    Symbols,
    Syntax,
    read_answer,
)

EXACT = Tolerance(1e-9)
"""Two ways to write the same function differ by rounding only."""
NOISE = 1e-9
"""Gradients that are 0 but for rounding are below this; few others are."""
LARGE_NETWORK = 50_000
"""Formulas for networks with more parameters are compared at one random point."""


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula that was handed in for a line."""

    reading: Reading
    key: Key
    line: Line

    @property
    def expression(self) -> Expression:
        """What it means; a row or column for a vector means the vector."""
        meant = self.reading.expression
        return reshape(meant, self.line.right.shape) if self.is_padded else meant

    @property
    def is_padded(self) -> bool:
        """Whether it gives a row or column for a vector, such as a sum with `keepdims=True`."""
        return self.reading.expression.shape not in (self.line.right.shape, self.line.right.shape[::-1])

    @cached_property
    def usual(self) -> list[Evaluation]:
        """Where it is compared: the posed point, if that is of this view, and random ones of several scales."""
        key = self.key
        posed = [] if key.home is key.points.first else [key.home]
        scales = SCALES if key.written.scenery.network.parameter_count <= LARGE_NETWORK else SCALES[:1]
        return [*posed, *(key.points.fresh(self._random, scale) for scale in scales)]

    @cached_property
    def beyond(self) -> list[Evaluation]:
        """And those around the numbers that are written out in it, and on the other side of its switches."""
        right, points = self.line.right, self.key.points
        switches = [*self.line.scenery.switches, *switches_of([self.expression])]
        hidden = scaled_alone(points, right, self._random) if self._hides_something else []
        found = reaching(points, [*self.usual, *hidden], list(dict.fromkeys(switches)), right, self._random)
        found += hidden + [points.near(self._random, number) for number in numbers_of(self.expression, right)]
        found += extreme(points, right, self._random) if has_tiny_factor(self.expression) else []
        crossed = [crossing(points, o, self.usual, right, self._random) for o in offsets_of(self.expression, right)]
        return [*found, *(point for point in crossed if point is not None)]

    @property
    def _hides_something(self) -> bool:
        small = self.key.written.scenery.network.parameter_count <= LARGE_NETWORK
        return small and may_hide(self.expression, self.line.right)

    @cached_property
    def _random(self) -> np.random.Generator:
        return self.key.random_for(self.reading.text)

    @cached_property
    def is_right(self) -> bool:
        """Whether it gives the right values for the numbers of samples and the λ of this problem."""
        return self.equals(self.line.right)

    @cached_property
    def is_right_for_any_size(self) -> bool:
        """Whether it would be right for another number of samples and another λ too."""
        return self._equals_at(self.key.apart, self.line.right, EXACT)

    def equals(self, other: Expression, tolerance: Tolerance | None = None) -> bool:
        """Whether another expression has the same values at all points."""
        return (
            self.expression.shape == other.shape
            and all(self._equals_at(p, other, tolerance or EXACT) for p in self.usual)
            and all(self._equals_at(p, other, FLOAT64) for p in self.beyond)
        )

    def _equals_at(self, point: Evaluation, other: Expression, tolerance: Tolerance) -> bool:
        """Whether another expression has the same value at a point; the right line may be 0 there but for rounding."""
        value, wanted = self.value(point), point(other)
        if _same(value, wanted, tolerance) or other is not self.line.right or not _is_small(wanted):
            return _same(value, wanted, tolerance)
        rounding = Rounding(point, self.line.scenery, tolerance.eps).of(self.line.name)
        return agrees(value, wanted, tolerance, rounding=rounding)

    @cached_property
    def is_nearly_right(self) -> bool:
        """Whether its values are as near as numbers have to be that were computed elsewhere: with 0.1428571 for 1/7."""
        return self.equals(self.line.right, FLOAT64)

    def check_defined(self, answer: str) -> None:
        """Refuse what has no value, as it is written or as it is simplified, at the points of the usual size."""
        if not all(np.isfinite(self.value(point)).all() for point in self.usual):
            raise NotGradable(f"What this gives for {answer} is not finite.")
        point = next(p for p in self.usual if p is not self.key.home).scratch()
        if not all(np.isfinite(point(demand)).all() for demand in self.reading.demands):
            raise NotGradable(
                "As it is written this has no value: it divides by zero, or takes the logarithm of zero or less."
            )

    def is_right_as(self, other: Expression) -> bool:
        """Whether another formula in its place would be right."""
        asides: Asides = {}
        points = (*self.usual, *self.beyond)
        return all(_same(point.scratch(asides)(other), point(self.line.right)) for point in points)

    def has_value(self, expression: Expression) -> bool:
        """Whether a part of it has a value by itself: inside a sum, z_i is one sample, and not known outside."""
        return set(variables([expression])) <= set(self.line.scenery.symbols.values())

    def value(self, point: Evaluation) -> Array:
        """What it gives at a point, where nothing stays behind: the next formula is another."""
        if point not in self._values:
            self._values[point] = point.scratch(self._asides)(self.expression)
        return self._values[point]

    @cached_property
    def _asides(self) -> Asides:
        return {}

    @cached_property
    def _values(self) -> dict[Evaluation, Array]:
        return {}

    @property
    def starts_from(self) -> list[str]:
        """The lines of the way back that it uses: it is graded as a step that starts from them."""
        used = set(variables([self.expression])) & self.line.scenery.gradients
        return [name for name, symbol in self.line.scenery.symbols.items() if symbol in used]


def _is_small(value: Array) -> bool:
    """Whether a value may be nothing but rounding."""
    return bool(np.abs(value).max(initial=0.0) < NOISE)


def as_rows(formula: Formula) -> str:
    """How class numbers in a formula were read: nobody means to calculate with them."""
    sources = {symbol: label_of(symbol) for symbol in formula.line.scenery.rows}
    names = [sources.get(symbol, label_of(symbol).partition("[")[0]) for symbol in formula.reading.classes]
    return " ".join(f"{name} is read as one-hot rows, not as class numbers." for name in dict.fromkeys(names))


def _same(value: Array, right: Array, tolerance: Tolerance = EXACT) -> bool:
    return agrees(value, right, tolerance, scale=1.0)


def read(text: str, syntax: Syntax, key: Key, symbols: Symbols, line: Line | None) -> Reading:
    """The formula as it is understood; NotGradable if it cannot be, or if its shape cannot be right for the line."""
    try:
        limits, conventions = Limits(sizes={BATCH: key.batch}), _conventions(key.written.scenery)
        reading = read_answer(text, syntax, symbols, limits, conventions, _asked(key, line))
    except FormulaError as error:
        raise NotGradable(str(error), error.pointed()) from None
    except ExpressionError:  # in words of the engine, which knows nothing of the text
        raise NotGradable("This cannot be read as a formula.") from None
    have = reading.expression.shape
    if line is not None and line.right.shape not in (have, have[::-1], _without_ones(have)):
        wanted = line.right.shape
        what = f"the gradient by {line.of}" if line.is_gradient else line.name
        hint = " For a column times a row write outer(a, b)." if len(wanted) == 2 and len(have) < 2 else ""
        message = f"This has the shape {show_shape(have)}, but {what} has {show_shape(wanted)}.{hint}"
        raise NotGradable(message)
    return reading


def _conventions(scenery: Scenery) -> Conventions:
    """How names of the problem are meant that mean something else by themselves."""
    lines = {scenery.symbols[name]: line for name, line in scenery.network.system}
    return Conventions(scenery.rows, lines=lines)


def _without_ones(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)


def _asked(key: Key, line: Line | None) -> Asked:
    """What the left side of an answer may name."""
    if line is None:
        return Asked("")
    names = [name.removeprefix(GRADIENT) for name in key.gradients]
    return Asked(line.name, line.of if line.is_gradient else None, names)


def symbols_for(
    structure: Structure, line: Line | None, aliases: Mapping[str, str], *, upstream: bool
) -> dict[str, Expression | Function]:
    """What may stand in a formula for a line: everything that is known before it, and the model's own functions."""
    scenery = structure.scenery
    known: dict[str, Expression | Function] = {}
    barred = set() if line is None else _depending_on(line, scenery) | _parts_of_loss(line, scenery)
    allowed = scenery.gradients - barred if upstream else frozenset()
    usable = {name: s for name, s in scenery.symbols.items() if s not in scenery.gradients or s in allowed}
    known |= {name: symbol for name, symbol in usable.items() if symbol not in barred}
    if scenery.network.view == "batch":
        known.setdefault(BATCH, scenery.batch)
    for name, function in _functions(scenery):
        known.setdefault(name, function)
    named = {alias: known[name] for alias, name in aliases.items() if name in known}
    usual = {alias: known[name] for alias, name in _usual(scenery).items() if name in known}
    return usual | known | named


def _depending_on(line: Line, scenery: Scenery) -> set[Expression]:
    """The line's own symbol, and those of all lines that are made of it."""
    found = {line.symbol}
    for name in scenery.lines:
        if not found.isdisjoint(scenery.uses(name)):
            found.add(scenery.symbols[name])
    return found


def _parts_of_loss(line: Line, scenery: Scenery) -> set[Expression]:
    """Where the loss itself is asked for, the numbers that it is the sum of: naming them is no work."""
    if line.is_gradient:
        return set()
    return {scenery.symbols[name] for name in scenery.network.system.lines if not scenery.symbols[name].shape}


def _functions(scenery: Scenery) -> Iterator[tuple[str, Function]]:
    """`phi`, the activation that all hidden layers share, and `psi`, what makes outputs of the last scores."""
    hidden = {}
    for name, line in scenery.network.system:
        if line.args and isinstance(line.primitive, Elementwise) and len(scenery.uses(name)) == 1 and line.shape:
            hidden[line.primitive] = _function(line, *scenery.uses(name))
    if len(hidden) == 1:
        yield "phi", next(iter(hidden.values()))
    loss = scenery.network.problem.loss
    if loss is not None and loss.contains == "softmax":
        yield "psi", lambda z: softmax(z, -1)


def _function(line: Expression, place: Expression) -> Function:
    return lambda z: substitute([line], {place: z})[0]


def _usual(scenery: Scenery) -> dict[str, str]:
    """Other names that are in use: Delta for the one-hot rows."""
    rows = [name for symbol, name in scenery.targets.items() if symbol.kind != "index"]
    return {"Delta": rows[0]} if len(rows) == 1 else {}
