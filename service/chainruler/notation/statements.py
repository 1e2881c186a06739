"""Reading several lines of NumPy: each name is followed to what it is made of, and nothing is ever run.

Two names may be names of one array, as in NumPy, so what changes an array in place changes it under all of its names.
A line that cannot be read spoils only what is made of it: the update of the weights after a gradient, for example.
"""

from __future__ import annotations

import ast
import re
from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from chainruler.engine import Expression, size
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.names import declares
from chainruler.notation.numpy_reader import NumpyReader
from chainruler.notation.numpy_tree import is_every_row
from chainruler.notation.picked import How, kept
from chainruler.notation.places import changed
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.targets import changes_in_place, flat, is_empty, key_of, name_of, targets_of

_CONTAINERS = frozenset({"self", "model", "net", "ctx", "cache", "params", "parameters", "p", "layer"})
"""What arrays are kept in, by name or by key: `self.W2` and `params["W2"]` are W2."""
_GRADIENTS = re.compile(r"(?:self\.)?(?:grad(?:ient)?s?|d|d_?params)", re.IGNORECASE)
"""What gradients are kept in: `grads["Z2"]` is dZ2."""
_IDLE = (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert, ast.Global, ast.Nonlocal)
_SHOWN = frozenset({"shape", "dtype", "ndim"})
"""What a notebook shows of an array, and no result."""
OPERATORS = {ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b}
OPERATORS |= {ast.Div: lambda a, b: a / b, ast.Pow: lambda a, b: a**b, ast.MatMult: lambda a, b: a @ b}
IN_PLACE = {"add_": ast.Add, "sub_": ast.Sub, "mul_": ast.Mult, "div_": ast.Div, "pow_": ast.Pow}
AT = {"np.add.at": ast.Add, "numpy.add.at": ast.Add, "np.subtract.at": ast.Sub, "numpy.subtract.at": ast.Sub}
_IDLE_CALLS = frozenset({"print", "backward", "zero_grad", "seed", "manual_seed", "save_for_backward"})
Operator: TypeAlias = "type[ast.operator] | None"
"""How an array is changed; None where it is set."""


@dataclass(eq=False)
class ArrayCell:
    """An array that code has one or more names for; or why there is none."""

    part: Fragment | None = None
    trouble: FormulaError | None = None
    depth: int = 0
    """How many loops over samples are open where it is made."""


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


class StatementReader(NumpyReader):
    """Goes through statements in order, and knows what each name means by then."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        self.own: dict[str, Expression] = {}
        super().__init__(source, ChainMap(self.own, symbols), limits, conventions)  # type: ignore[arg-type]
        self.given = symbols
        self.cells: dict[str, ArrayCell] = {}
        self.adding: set[ast.Subscript] = set()
        """The places of np.add.at."""
        self.strict = False
        """Whether what cannot be read spoils the whole, as in a list."""
        self.functions: set[str] = set()
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
        for statement in body:
            try:
                self.statement(statement)
            except FormulaError as error:
                targets = targets_of(statement)
                if self.strict or not targets:
                    raise
                for name in targets:
                    self.define(name, ArrayCell(trouble=error))

    def statement(self, node: ast.stmt) -> None:
        """Go through one statement."""
        method: Callable[[ast.stmt], None] | None = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        if method is not None:
            method(node)
        elif not isinstance(node, _IDLE):
            raise self.source.error("Of statements, only assignments, functions and loops are read.", *self.span(node))

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        self.functions.add(node.name)
        self.block(node.body)

    def _do_classdef(self, node: ast.ClassDef) -> None:
        self.block(node.body)

    def _do_with(self, node: ast.With) -> None:
        self.block(node.body)

    def _do_return(self, node: ast.Return) -> None:
        """What is returned under a name is an answer by that name; a formula is the answer."""
        value = node.value
        if isinstance(value, ast.Dict):
            for key, item in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self.define(key.value, self._cell(item))
        elif value is not None and not isinstance(value, ast.Name | ast.Tuple | ast.Attribute | ast.Subscript):
            self.define("return", self._cell(value))

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
            if called.rpartition(".")[2] in _IDLE_CALLS:
                return
        self.define("return", self._cell(value))

    def _do_assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value, node)

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
        elif is_empty(value) or self._is_own_call(value):
            return  # grads = {}; and what a function above gives is known by the names in it
        else:
            self.define(name_of(target), self._cell(value))

    def _is_own_call(self, value: ast.expr) -> bool:
        """Whether this calls a function that stands in the code."""
        called = ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
        return called in self.functions

    def _unpack(self, target: ast.Tuple | ast.List, value: ast.expr, node: ast.stmt) -> None:
        """Several names at once: of a tuple, or of the sizes of an array."""
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            cells = [self._cell(item) for item in value.elts]  # all of them before any name changes
        elif isinstance(value, ast.Attribute) and value.attr == "shape":
            shape = self.part(value.value).expression.shape
            cells = [ArrayCell(Fragment(self.span(value), size([dim]))) for dim in shape]
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

    def _changed(self, target: ast.expr, value: ast.expr, op: Operator, node: ast.stmt | ast.expr) -> None:
        """An array changed in place, under all of its names: all of it, or what an index picks."""
        target = flat(target)
        keyed = isinstance(target, ast.Subscript) and not key_of(target)
        base = target.value if keyed and isinstance(target, ast.Subscript) else target
        cell = self._cell(base)
        if op is not None and op not in OPERATORS:
            raise self.source.error("This operator is not read.", *self.span(node))
        how: How = OPERATORS[op] if op is not None else lambda _, new: new
        before, new = self._of(cell), self.quantity(self.part(spelled(value, self.knows)))
        if keyed and isinstance(target, ast.Subscript):
            keys, build = changed(self, target, before, how)
            cell.part = self.built(node, [before, new, *keys], build, picks=True)
        else:
            cell.part = self.built(node, [before, new], lambda e: kept(how(*e), e[0]))
        self.define(name_of(base), cell)

    def _change_by(self, call: ast.Call, first: ast.Call) -> None:
        """What x.f_(…) does to x: it becomes x.f(…)."""
        assert isinstance(call.func, ast.Attribute)  # noqa: S101 (so they are found; told to the type checker)
        assert isinstance(first.func, ast.Attribute)  # noqa: S101 (as above)
        target, method = first.func.value, call.func.attr
        alpha = [k.value for k in call.keywords if k.arg == "alpha" and method in {"add_", "sub_"}]
        if method in IN_PLACE and len(call.args) == 1 and len(alpha) == len(call.keywords):
            factors = [*alpha, *call.args]
            value = factors[0] if not alpha else ast.copy_location(ast.BinOp(alpha[0], ast.Mult(), call.args[0]), call)
            return self._changed(target, value, IN_PLACE[method], call)
        if isinstance(target, ast.Subscript) and key_of(target) is None:
            raise self.refusal(
                call, f"A part of an array is changed by add_, sub_, mul_ and div_, and not by {method}."
            )
        function = ast.copy_location(ast.Attribute(target, method[:-1], ast.Load()), call)
        changed = ast.copy_location(ast.Call(function, call.args, call.keywords), call)
        return self._changed(target, changed, None, call)

    def define(self, name: str, cell: ArrayCell) -> None:
        """Give a cell a name, and see that all of its names mean what it is now."""
        self.cells.pop(name, None)
        self.cells[name] = cell
        for known, other in self.cells.items():
            if other is cell:
                self.own.pop(known, None)
                if cell.part is not None:
                    self.own[known] = cell.part.expression

    def _cell(self, value: ast.expr) -> ArrayCell:
        """The cell of a name, also of one that is changed in place here, or a new one of what a formula gives."""
        calls = changes_in_place(value)
        for call in calls:
            self._change_by(call, calls[0])
        name = name_of(value if not calls else calls[0].func.value)  # type: ignore[attr-defined]
        if name in self.cells:
            return self.cells[name]
        return ArrayCell(self.part(spelled(value, self.knows)))

    def _of(self, cell: ArrayCell) -> Fragment:
        if cell.part is None:
            assert cell.trouble is not None  # noqa: S101 (a cell has one of the two; told to the type checker)
            raise cell.trouble
        return cell.part

    # Expressions

    def every_row(self, key: ast.expr) -> bool:
        return super().every_row(self.rows.get(key.id, key) if isinstance(key, ast.Name) else key)

    def knows(self, name: str) -> bool:
        """Whether the code or the problem gives this name a meaning."""
        return name in self.cells or declares(self.given, name)

    def _used(self, node: ast.expr, name: str) -> Fragment | None:
        """The part of a name that the code defines, where it is used; None for any other."""
        cell = self.cells.get(name)
        if cell is None:
            return None
        inner = self._of(cell)
        return Fragment(self.span(node), inner.expression, (inner,), lambda e: e[0])

    def _name(self, node: ast.Name) -> Fragment:
        return self._used(node, node.id) or super()._name(node)

    def _attribute(self, node: ast.Attribute) -> Fragment:
        found = self._used(node, name_of(node))
        if found is not None:
            return found
        if node.attr == "grad":
            return self._name(ast.copy_location(ast.Name(f"d{name_of(node.value)}"), node))
        kept_in = node.value.id if isinstance(node.value, ast.Name) else ""
        if kept_in in _CONTAINERS and not self.knows(kept_in):  # p.T is an array of one's own, turned
            return self._name(ast.copy_location(ast.Name(node.attr), node))
        return super()._attribute(node)

    def _subscript(self, node: ast.Subscript) -> Fragment:
        key = key_of(node)
        if key is not None:
            of_gradients = _GRADIENTS.fullmatch(name_of(node.value)) and f"d{key}" in self.symbols
            named = ast.Name(f"d{key}" if of_gradients else key)
            return self._used(node, name_of(node)) or self._name(ast.copy_location(named, node))
        return super()._subscript(node)
