"""A reader of names that code sets: each is followed to an array, and what changes an array changes all views of it.

A view that is the whole array, or its transpose, changes with it. Of any other views none is known after a change.
"""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Mapping

from chainruler.engine import Expression
from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.names import declares
from chainruler.notation.numpy_reader import NumpyReader
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.targets import key_of, name_of
from chainruler.notation.views import viewed

CONTAINERS = frozenset({"self", "model", "net", "ctx", "cache", "params", "parameters", "p", "layer"})
"""What arrays are kept in, by name or by key: `self.W2` and `params["W2"]` are W2."""
THROUGH_A_VIEW = "What this changes shares its memory with {name}, which is not followed: copy the array first."
UNREAD_CHANGE = "This changes {name}, by a method, out= or inplace=, and is not read: write {name} = …."


class CellReader(NumpyReader):
    """Knows what array each name means by now."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        self.own: dict[str, Expression] = {}
        super().__init__(source, ChainMap(self.own, symbols), limits, conventions)  # type: ignore[arg-type]
        self.given = symbols
        self.cells: dict[str, ArrayCell] = {}
        self.lent: dict[str, ArrayCell] = {}
        """Arrays of the problem that code has views of."""
        self.without_arrays = False
        """Whether the code has nothing of NumPy or PyTorch in it: its numbers are Python's own."""
        self.released: dict[str, ArrayCell] = {}
        """Those of them that were changed."""
        self.given_back: dict[tuple[int, int, int | None], dict[ArrayCell, bool | None]] = {}
        """What the results of calls may be views of, by the places of the calls."""

    @property
    def depth(self) -> int:
        """How many loops are open."""
        return 0

    # Names

    def define(self, name: str, cell: ArrayCell) -> None:
        """Give a cell a name, and see that all of its names mean what it is now."""
        self.cells.pop(name, None)
        self.cells[name] = cell
        self.refresh()

    def refresh(self) -> None:
        """See that every name means what its cell is now."""
        self.own.clear()
        self.own.update({name: cell.part.expression for name, cell in self.cells.items() if cell.part is not None})

    def knows(self, name: str) -> bool:
        """Whether the code or the problem gives this name a meaning."""
        return name in self.cells or declares(self.given, name)

    def cell_of(self, value: ast.expr) -> ArrayCell:
        """The cell of a name or of the whole of an array, or a new one of what a formula gives."""
        found = self.shared_by(value)
        same = [cell for cell, transposed in found.items() if transposed is False]
        if len(found) == len(same) == 1:
            return same[0] if not self._is_number(same[0]) else ArrayCell(same[0].part, depth=self.depth)
        cell = ArrayCell(self.part(spelled(value, self.knows)), depth=self.depth)
        for other, transposed in {**found, **self.given_back.get(_place(value), {})}.items():
            cell.share(other, transposed=transposed)
        return cell

    def _is_number(self, cell: ArrayCell) -> bool:
        """Whether this is a bias of one entry in code without arrays, where it can be no other name of an array."""
        sides = cell.part.expression.shape if cell.part is not None else ("N",)
        return self.without_arrays and cell in self.lent.values() and all(side == 1 for side in sides)

    def shared_by(self, node: ast.expr) -> dict[ArrayCell, bool | None]:
        """The arrays whose memory the value of an expression may share, and in which way."""
        held = self._held(node)
        if held is not None:
            return {held: False}
        if isinstance(node, ast.Subscript) and self._copies(node):
            return {}
        found = dict(self.given_back.get(_place(node), {})) if isinstance(node, ast.Call) else {}
        for inner, way in viewed(node):
            for cell, transposed in self.shared_by(inner).items():
                one = None if way is None or transposed is None or cell in found else way != transposed
                found[cell] = one
        return found

    def _held(self, node: ast.expr) -> ArrayCell | None:
        """The array that has this name, if it has axes: numbers are never changed in place."""
        name = name_of(node)
        if name in self.cells:
            cell = self.cells[name]
            return cell if cell.part is None or cell.part.expression.shape else None
        kept = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in CONTAINERS
        keyed = isinstance(node, ast.Subscript) and key_of(node) is not None
        if not (isinstance(node, ast.Name) or keyed or (kept and not self.knows(name.partition(".")[0]))):
            return None
        if name not in self.lent:
            try:
                part = self.part(node)
            except FormulaError:
                return None
            if not part.expression.shape:
                return None
            self.lent[name] = ArrayCell(part)
        return self.lent[name]

    def give_back(self, call: ast.expr, result: ast.expr) -> None:
        """Remember what the result of a call may be a view of."""
        self.given_back[_place(call)] = dict.fromkeys(self.shared_by(result))

    def _copies(self, node: ast.Subscript) -> bool:
        """Whether an index picks by arrays, so that NumPy copies what it picks."""
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return any(self._is_array(key) for key in keys)

    def _is_array(self, key: ast.expr) -> bool:
        if isinstance(key, ast.Compare | ast.List | ast.ListComp):
            return True
        if not isinstance(key, ast.Name | ast.Call | ast.BinOp | ast.UnaryOp | ast.Attribute):
            return False
        try:
            return self.every_row(spelled(key, self.knows)) or bool(
                self.part(spelled(key, self.knows)).expression.shape
            )
        except FormulaError:
            return False

    # Changes

    def has_changed(self, base: ast.expr, cell: ArrayCell) -> None:
        """Follow a change of an array to all names of it, and to what shares its memory."""
        trouble = self.refusal(base, THROUGH_A_VIEW.format(name=name_of(base) or "another array"))
        for other in [*cell.memory]:
            if other is cell:
                continue
            transposed = cell.is_transposed(other)
            if transposed is None or cell.part is None:
                other.part, other.trouble = None, trouble
            else:
                other.part = self.built(base, [cell.part], lambda e: e[0].T, picks=True) if transposed else cell.part
        self._name_lent(cell)
        names = [name for name, known in self.cells.items() if known is cell]
        name = name_of(base)
        if names or not self.shared_by(base):
            self.define(name if name in names or not names else names[-1], cell)
        self.refresh()

    def spoil(self, node: ast.expr, error: FormulaError) -> None:
        """Know no more what the arrays are that an expression names, or may be a view of."""
        for cell in self.shared_by(node):
            for other in cell.memory:
                other.part, other.trouble = None, error
            self._name_lent(cell)
        self.refresh()

    def _name_lent(self, cell: ArrayCell) -> None:
        """An array of the problem that was changed is an array of the code's own from now on, though no result."""
        changed = {name: own for name, own in self.lent.items() if own in cell.memory}
        self.lent = {name: own for name, own in self.lent.items() if name not in changed}
        self.released |= changed
        self.restore(self.cells)

    def restore(self, names: Mapping[str, ArrayCell]) -> None:
        """Let names mean again what they did; an array of the problem that was changed meanwhile stays changed."""
        self.cells = {**{name: own for name, own in self.released.items() if name not in names}, **names}
        self.refresh()

    # Expressions

    def of(self, cell: ArrayCell) -> Fragment:
        """What a cell is, or its trouble raised."""
        if cell.part is None:
            assert cell.trouble is not None  # noqa: S101 (a cell has one of the two; told to the type checker)
            raise cell.trouble
        return cell.part


def _place(node: ast.expr) -> tuple[int, int, int | None]:
    return node.lineno, node.col_offset, node.end_col_offset
