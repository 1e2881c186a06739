"""Reading several lines of NumPy: each name is followed to what it is made of, and nothing is ever run.

Two names may be names of one array, as in NumPy, so what changes an array in place changes it under all of its names.
A line that cannot be read spoils only what is made of it: the update of the weights after a gradient, for example.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chainruler.engine import Expression, size
from chainruler.notation.cell_reader import CONTAINERS
from chainruler.notation.cells import ArrayCell
from chainruler.notation.changes import AT, ChangeReader
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.numpy_tree import is_every_row
from chainruler.notation.source import Source
from chainruler.notation.spellings import is_module, is_own_module, spelled
from chainruler.notation.targets import (
    changes_in_place,
    filling,
    is_empty,
    is_name,
    key_of,
    name_of,
    put_into,
    targets_of,
)
from chainruler.notation.views import name_called

_GRADIENTS = re.compile(r"(?:self\.)?(?:grad(?:ient)?s?|d|d_?params)", re.IGNORECASE)
"""What gradients are kept in: `grads["Z2"]` is dZ2."""
_IDLE = (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert, ast.Global, ast.Nonlocal)
_SHOWN = frozenset({"shape", "dtype", "ndim"})
"""What a notebook shows of an array, and no result."""
_IDLE_CALLS = frozenset(
    {"print", "backward", "zero_grad", "seed", "manual_seed", "save_for_backward", "retain_grad", "watch"}
)


@dataclass
class Returned:
    """What code returns at last, and what its names were by then."""

    name: str
    cell: ArrayCell
    cells: Mapping[str, ArrayCell]


@dataclass
class Code:
    """What some code defines."""

    text: str
    cells: dict[str, ArrayCell]
    """Each name that is assigned, as it is written, in the order of the last assignments."""
    classes: tuple[Expression, ...] = ()
    demands: Callable[[Expression], tuple[Expression, ...]] = field(default=lambda _: ())
    names: tuple[str, ...] = ()
    """The names that it uses, and that are none of its own."""
    returned: Returned | None = None
    returns: str = ""
    """The name that is returned at last, where the text is nothing but functions."""


class StatementReader(ChangeReader):
    """Goes through statements in order, and knows what each name means by then."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.strict = False
        """Whether what cannot be read spoils the whole, as in a list."""
        self.functions: set[str] = set()
        self.results: dict[str, list[ArrayCell] | None] = {}
        """What the functions that are read as part of the work give back."""
        self.returned: list[ArrayCell] | None = None
        """What the function that is read gives back; None before its return."""
        self.final: Returned | None = None
        self.rows: dict[str, ast.expr] = {}
        """The names of arange(N), and what they are made of."""
        self.passes = 0
        self.lines = [0]
        for line in source.code.encode().split(b"\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        start = self.lines[node.lineno - 1] + node.col_offset
        stop = self.lines[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or node.col_offset + 1)
        return self.source.span(start, stop)

    # Statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        """Go through statements; what cannot be read is kept as the trouble of the names that it defines."""
        for place, statement in enumerate(body):
            if self.returned is not None or _is_replaced(statement, body[place + 1 :]):
                continue
            try:
                self.statement(statement)
            except FormulaError as error:
                targets = targets_of(statement)
                if self.strict or not (targets or isinstance(statement, ast.Expr | ast.Assert)):
                    raise
                if not self.spoiled(statement, error) and not targets:
                    raise

    def statement(self, node: ast.stmt) -> None:
        """Go through one statement."""
        self.check_changes(node)
        method: Callable[[ast.stmt], None] | None = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        if method is not None:
            method(node)
        elif not isinstance(node, _IDLE):
            raise self.source.error("Of statements, only assignments, functions and loops are read.", *self.span(node))

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        outside, self.returned = self.returned, None
        self.functions.add(node.name)
        self.block(node.body)
        self.results[node.name] = self.returned
        self.returned = outside

    def _do_classdef(self, node: ast.ClassDef) -> None:
        self.block(node.body)

    def _do_with(self, node: ast.With) -> None:
        self.block(node.body)

    def _do_return(self, node: ast.Return) -> None:
        """What is returned under a name is an answer by that name; a formula is the answer."""
        value, given = node.value, []
        if isinstance(value, ast.Dict):
            self._keyed("", value)
        elif isinstance(value, ast.Tuple):
            given = [self._cell_or_trouble(item) for item in value.elts]
        elif value is not None:
            cell = self._cell_or_trouble(value)
            given = [cell]
            self.final = Returned(name_of(value), cell, dict(self.cells))
            if not is_name(value):
                self.define("return", cell)
        self.returned = given

    def _cell_or_trouble(self, value: ast.expr) -> ArrayCell:
        try:
            return self._cell(value)
        except FormulaError as error:
            return ArrayCell(trouble=error, depth=self.depth)

    def _keyed(self, name: str, value: ast.Dict) -> None:
        """What stands in a dictionary by its keys."""
        for key, item in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                cell = self._cell_or_trouble(item)
                if cell.part is not None or not name or _GRADIENTS.fullmatch(name):
                    self.define(f"{name}['{key.value}']" if name else key.value, cell)

    def _do_expr(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.Constant) or (isinstance(value, ast.Attribute) and value.attr in _SHOWN):
            return
        if isinstance(value, ast.Call):
            called = ast.unparse(value.func)
            if called in AT and len(value.args) == 3 and not value.keywords:
                place = ast.copy_location(ast.Subscript(value.args[0], value.args[1], ast.Store()), value)
                self.adding.add(place)
                self._changed(place, value.args[2], AT[called], node)
                return
            if changes_in_place(value):
                self._cell(value)
                return
            filled = put_into(value) or filling(value)
            if filled is not None:
                array, new = filled
                if not self.of(self.target(array)).expression.shape:
                    raise self.refusal(value, "Arrays are filled that have axes.")
                place = ast.copy_location(ast.Subscript(array, ast.Slice(), ast.Store()), value)
                self._changed(ast.fix_missing_locations(place), new, None, node)
                return
            if called.rpartition(".")[2] in _IDLE_CALLS:
                return
            if name_called(value) == "requires_grad_":
                self._cell(value)
                return
        self.define("return", self._cell(value))

    def _do_assign(self, node: ast.Assign) -> None:
        first, *others = node.targets
        self._assign(first, node.value, node)
        for target in others:
            self._assign(target, first if name_of(first) in self.cells else node.value, node)

    def _do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign(node.target, node.value, node)

    def _do_augassign(self, node: ast.AugAssign) -> None:
        self._changed(node.target, node.value, type(node.op), node)

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> None:
        listed = spelled(value, self.knows)
        if isinstance(target, ast.Name) and is_every_row(listed):
            self.rows[target.id] = listed
        if isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value, node)
        elif isinstance(target, ast.Subscript) and not key_of(target):
            self._changed(target, value, None, node)
        elif isinstance(value, ast.Dict):
            self._keyed(name_of(target), value)
        elif isinstance(value, ast.Call) and self._is_own_call(value):
            cells = self.results.get(name_called(value)) or []
            if len(cells) == 1:
                self.define(name_of(target), cells[0])
            elif name_of(target) in self.cells:
                raise self.refusal(value, "What this gives is not known here.")
        elif is_empty(value):
            return
        else:
            self.define(name_of(target), self._cell(value))

    def _is_own_call(self, value: ast.expr) -> bool:
        """Whether this calls a function that stands in the code."""
        if not isinstance(value, ast.Call) or name_called(value) not in self.functions:
            return False
        of = value.func.value if isinstance(value.func, ast.Attribute) else None
        return of is None or is_own_module(of) or not (is_module(of) or self.shared_by(of))

    def _unpack(self, target: ast.Tuple | ast.List, value: ast.expr, node: ast.stmt) -> None:
        """Several names at once: of a tuple, or of the sizes of an array."""
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            cells = [self._cell(item) for item in value.elts]  # all of them before any name changes
        elif isinstance(value, ast.Attribute) and value.attr == "shape":
            shape = self.part(value.value).expression.shape
            cells = [ArrayCell(Fragment(self.span(value), size([dim]))) for dim in shape]
        elif isinstance(value, ast.Call) and self._is_own_call(value) and self.results.get(name_called(value)):
            cells = self.results[name_called(value)] or []
        else:
            for name in map(name_of, target.elts):  # forward(X) of one's own: what it gives is known by its name
                if name not in self.given and name not in self.cells:
                    message = "What this gives is not known here."
                    self.define(name, ArrayCell(trouble=self.source.error(message, *self.span(value))))
            return
        if len(cells) != len(target.elts):
            raise self.source.error("There are more names than values, or fewer.", *self.span(node))
        for one, cell in zip(target.elts, cells, strict=True):
            self.define(name_of(one), cell)

    # Expressions

    def every_row(self, key: ast.expr) -> bool:
        return super().every_row(self.rows.get(key.id, key) if isinstance(key, ast.Name) else key)

    def _used(self, node: ast.expr, name: str) -> Fragment | None:
        """The part of a name that the code defines, where it is used; None for any other."""
        cell = self.cells.get(name)
        if cell is None:
            return None
        inner = self.of(cell)
        return Fragment(self.span(node), inner.expression, (inner,), lambda e: e[0])

    def _name(self, node: ast.Name) -> Fragment:
        return self._used(node, node.id) or super()._name(node)

    def _attribute(self, node: ast.Attribute) -> Fragment:
        found = self._used(node, name_of(node))
        if found is not None:
            return found
        kept_in = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr == "grad" or (node.attr == "g" and kept_in not in {"", *CONTAINERS}):
            return self._name(ast.copy_location(ast.Name(f"d{name_of(node.value)}"), node))
        if kept_in in CONTAINERS and not self.knows(kept_in):  # p.T is an array of one's own, turned
            return self._name(ast.copy_location(ast.Name(node.attr), node))
        return super()._attribute(node)

    def _subscript(self, node: ast.Subscript) -> Fragment:
        key = key_of(node)
        if key is not None:
            of_gradients = _GRADIENTS.fullmatch(name_of(node.value)) and f"d{key}" in self.symbols
            named = ast.Name(f"d{key}" if of_gradients else key)
            return self._used(node, name_of(node)) or self._name(ast.copy_location(named, node))
        return super()._subscript(node)


def _is_replaced(node: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Whether this is a function that is defined anew before it is used."""
    for later in rest if isinstance(node, ast.FunctionDef) else ():
        if isinstance(later, ast.FunctionDef) and later.name == node.name:  # type: ignore[attr-defined]
            return True
        if any(isinstance(part, ast.Name) and part.id == node.name for part in ast.walk(later)):  # type: ignore[attr-defined]
            return False
    return False
