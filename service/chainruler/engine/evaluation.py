"""Values of many expressions over one set of numbers: what they share is computed once, and nothing is compiled twice.

A program is the quickest way to compute a few expressions again and again. Here it is the other way round: thousands of
expressions that are nearly alike, each wanted once, as when a line of a derivation is broken in every possible way.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from copy import copy
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainruler.engine.expression import (
    Constant,
    Expression,
    Kind,
    Primitive,
    Size,
    Variable,
    intern,
    label_of,
    variable,
)
from chainruler.engine.program import Program
from chainruler.engine.shapes import Dim, ExpressionError, Shape
from chainruler.memory import LEDGER, Cache

Array: TypeAlias = NDArray[Any]
Values: TypeAlias = Mapping[Expression, Array]
Kernel: TypeAlias = Callable[..., tuple[Array, ...]]
_Change: TypeAlias = tuple[frozenset[Expression], frozenset[tuple[Expression, Expression]]]
Operands: TypeAlias = tuple[tuple[Shape, Kind], ...]


EVALUATION, ARRAY, STEP = 400, 120, 80
"""The bytes of an evaluation, of an array beside its numbers, and of a step on the way to a value."""
KERNEL = 5_000
"""Those of a function that computes one primitive."""


class Evaluation:
    """The values of expressions, given those of variables and what other variables are defined as.

    Values may be infinite or undefined, and belong to the evaluation: nobody else may write to them.
    """

    def __init__(self, values: Values, definitions: Mapping[Expression, Expression] | None = None) -> None:
        self._known: dict[Expression, Array] = dict(values)
        self._schedules = _Schedules(definitions or {}, values)
        self._parent: Evaluation | None = None

    def with_values(self, values: Values, definitions: Mapping[Expression, Expression] | None = None) -> Evaluation:
        """The same with other values or definitions of some variables; what does not depend on these is kept."""
        child = Evaluation.__new__(Evaluation)
        child._known, child._parent = dict(values), self  # noqa: SLF001 (of its own class)
        child._schedules = self._schedules.of_change(frozenset(values), definitions or {})  # noqa: SLF001
        return child

    def scratch(self, asides: Asides | None = None) -> Evaluation:
        """The same, of which nothing stays behind here: for values that are large, or of what is never met again.

        Where one expression is evaluated with many sets of numbers, `asides` keeps the ways to it from one to the next.
        """
        aside = self.passing()
        known = {} if asides is None else asides
        if self._schedules not in known:
            known[self._schedules] = self._schedules.aside()
        aside._schedules = known[self._schedules]  # noqa: SLF001 (of its own class)
        return aside

    def passing(self) -> Evaluation:
        """The same, of which no value stays behind here, but the ways to values do: they are met again elsewhere."""
        aside = copy(self)
        aside._known = dict(self._known)  # noqa: SLF001 (of its own class)
        return aside

    @property
    def weight(self) -> int:
        """About how many bytes its own values are, and the ways to them that no other evaluation has."""
        arrays = list(self._known.values())
        values = EVALUATION + sum([array.nbytes for array in arrays]) + ARRAY * len(arrays)
        return values if self._parent is not None else values + self._schedules.weight

    def depends(self, expression: Expression) -> bool:
        """Whether an expression is made of a variable that was given another value."""
        return self._parent is not None and self._schedules.depends(expression)

    def __call__(self, expression: Expression) -> Array:
        """The value of an expression."""
        known, parent = self._known, self._parent
        value = known.get(expression)
        if value is not None:
            return value
        if isinstance(expression.primitive, Constant):
            return np.asarray(float(expression.primitive.value))  # not worth remembering
        if parent is not None and not self._schedules.depends(expression):
            return parent(expression)
        with np.errstate(all="ignore"):
            self._compute(expression)
        return known[expression]

    def _compute(self, expression: Expression) -> None:
        """Compute an expression, and first the names that it is made of."""
        known, parent, waiting = self._known, self._parent, [expression]
        while waiting:
            schedule = self._schedules.to(waiting[-1])
            unknown = [name for name in schedule.names if name not in known]
            if unknown:
                waiting.extend(unknown)
                continue
            for node, operands, kernel in schedule.steps:
                if node not in known:
                    # what an operand is, if not known here, depends on nothing that was given here
                    values = [known[x] if x in known or parent is None else parent(x) for x in operands]
                    known[node] = values[0] if kernel is None else kernel(*values, self._schedules.sizes)[0]
            waiting.pop()


class _Schedule(NamedTuple):
    """The steps to a node, each after what it is made of, and the names whose values are needed first."""

    steps: list[_Step]
    names: list[Expression]


class _Step(NamedTuple):
    """One node, what it is made of, and the function that computes it; None for a name, which is what defines it."""

    node: Expression
    operands: tuple[Expression, ...]
    kernel: Kernel | None


class _Schedules:
    """In which order to compute what, once certain variables are given: worked out once, whatever their values."""

    def __init__(self, definitions: Mapping[Expression, Expression], values: Values) -> None:
        sizes: dict[Dim, int] = {}
        for symbol, array in values.items():
            sizes.update((dim, n) for dim, n in zip(symbol.shape, np.shape(array), strict=True) if isinstance(dim, str))
        self.dims: Shape = tuple(sizes)
        self.sizes = np.broadcast_to(np.float64(0.0), tuple(sizes.values()))
        """An array that tells how long the named axes are, and takes no memory."""
        self.definitions = definitions
        self._changes: dict[_Change, _Schedules] = {}
        self._start(frozenset(values), whole=True)

    def _start(self, given: frozenset[Expression], *, whole: bool) -> None:
        self._given = given
        self._depending: MutableMapping[Expression, bool] = {} if whole else dict.fromkeys(given, True)
        self._whole = whole
        """Whether everything is to be computed, and not only what depends on what is given."""
        self._found: MutableMapping[Expression, _Schedule] = {}

    def of_change(self, symbols: frozenset[Expression], definitions: Mapping[Expression, Expression]) -> _Schedules:
        """The ways to what depends on these variables, of which some are defined otherwise."""
        key = (symbols, frozenset(definitions.items()))
        ways = self._changes.get(key)
        if ways is None:
            ways = self._changes[key] = copy(self)
            ways._start(symbols, whole=False)  # noqa: SLF001 (of its own class)
            if definitions:
                ways.definitions, ways._changes = {**self.definitions, **definitions}, {}  # noqa: SLF001
                ways._depending.update(dict.fromkeys(definitions, True))  # noqa: SLF001
        return ways

    def aside(self) -> _Schedules:
        """The same, where what is found later is not kept."""
        ways = copy(self)
        ways._found, ways._depending, ways._changes = ChainMap({}, self._found), ChainMap({}, self._depending), {}  # noqa: SLF001
        return ways

    @property
    def weight(self) -> int:
        """About how many bytes the ways are, those after every change included."""
        every = [self._found, *[ways._found for ways in list(self._changes.values())]]  # noqa: SLF001 (of its own class)
        found = [schedule for ways in every for schedule in list(ways.values())]
        return STEP * sum([len(schedule.steps) + 1 for schedule in found])

    def to(self, root: Expression) -> _Schedule:
        """The way to a node from names and what is given."""
        schedule = self._found.get(root)
        if schedule is None:
            order: dict[Expression, None] = {}
            names: dict[Expression, None] = {}
            stack = [(root, False)]
            while stack:
                node, ready = stack.pop()
                if ready:
                    order[node] = None
                elif node not in order and node not in self._given and (self._whole or self.depends(node)):
                    if node in self.definitions and node is not root:
                        names[node] = None
                    else:
                        stack.append((node, True))
                        stack.extend((operand, False) for operand in reversed(self._below(node)))
            schedule = self._found[root] = _Schedule(list(map(self._step, order)), list(names))
        return schedule

    def depends(self, root: Expression) -> bool:
        """Whether anything that is given is below a node."""
        found = self._depending
        known = found.get(root)
        if known is not None:
            return known
        stack = [root]
        while stack:
            node = stack[-1]
            waiting = [] if node in found else [operand for operand in self._below(node) if operand not in found]
            if waiting:
                stack.extend(waiting)
                continue
            if node not in found:
                found[node] = any(found[operand] for operand in self._below(node))
            stack.pop()
        return found[root]

    def _below(self, node: Expression) -> tuple[Expression, ...]:
        defined = self.definitions.get(node)
        return node.args if defined is None else (defined,)

    def _step(self, node: Expression) -> _Step:
        if node in self.definitions:
            return _Step(node, (self.definitions[node],), None)
        if isinstance(node.primitive, Constant):
            number = (np.asarray(float(node.primitive.value)),)
            return _Step(node, (), lambda _sizes: number)
        operands = tuple((operand.shape, operand.kind) for operand in node.args)
        return _Step(node, node.args, _kernel(node.primitive, operands, self.dims))


Asides: TypeAlias = dict[_Schedules, _Schedules]
"""The ways that scratches found, by those they were found beside."""

_KERNELS: Cache[tuple[Primitive, Operands, Shape], Kernel] = LEDGER.cache("kernels", lambda _key, _kernel: KERNEL)


def _kernel(primitive: Primitive, operands: Operands, dims: Shape) -> Kernel:
    """The function that computes one primitive of operands like these; its last argument tells the sizes."""
    return _KERNELS.find((primitive, operands, dims), lambda: _compiled(primitive, operands, dims))


def _compiled(primitive: Primitive, operands: Operands, dims: Shape) -> Kernel:
    if isinstance(primitive, Variable):
        raise ExpressionError(f"A value for {label_of(intern(primitive, ()))} is needed.")
    if isinstance(primitive, Size) and primitive.dim not in dims:
        raise ExpressionError(f"Nothing that is given says how large {primitive.dim} is.")
    places = [variable(f"operand{i}", shape, kind) for i, (shape, kind) in enumerate(operands)]
    node = intern(primitive, tuple(places))
    program = Program([node], [*places, variable("sizes", dims)], "float64").unchecked
    if node.kind != "index":
        return program
    return lambda *values: (program(*values)[0].astype(np.intp),)  # results of a program are real numbers
