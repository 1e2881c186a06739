"""Lists of code that hold something for each sample: `[outer(x, d) for x, d in zip(X, D)]` is an array with rows."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from chainruler.engine import Dim, Expression, as_expression, broadcast_to, concatenate, reshape
from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.loops import LoopReader
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled


class ListElement(ast.Expr):
    """One more element of the list that is being read."""


@dataclass
class Listing:
    """A list that is being read."""

    depth: int
    """How many loops were open before, and how many conditions."""
    guards: int
    nested: bool
    """Whether it has loops in loops."""
    rows: list[Fragment] = field(default_factory=list)


class ListReader(LoopReader):
    """A reader of loops that knows lists made by them."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.listing: list[Listing] = []
        self.totals = 0

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> Fragment:
        """What is listed by loops, one below the other."""
        listing = Listing(self.depth, len(self.guards), len(node.generators) > 1)
        self.listing.append(listing)
        cells = dict(self.cells)
        try:
            self._loop(node, ListElement(value=node.elt))
        finally:
            self.listing.pop()
            self.restore({**cells, **self.lasting()})
        if not listing.rows:
            raise self.refusal(node, "There is nothing in this list.")
        rows = listing.rows
        return rows[0] if len(rows) == 1 else self.built(node, rows, lambda e: concatenate(list(e), 0))

    _generatorexp = _listcomp

    def _called(self, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Fragment:
        """A call; the sum of what loops list is a total that they add to."""
        listed = given[0] if len(given) == 1 else None
        along = [ast.unparse(keyword) for keyword in node.keywords]
        if name == "sum" and along == ["axis=0"] and isinstance(listed, ast.ListComp | ast.GeneratorExp):
            return self._total(node, listed)
        return super()._called(node, name, given)

    def _total(self, node: ast.Call, listed: ast.ListComp | ast.GeneratorExp) -> Fragment:
        self.totals += 1
        total, cells = f"#{self.totals}", dict(self.cells)
        self.define(total, ArrayCell(self.built(node, [], lambda _: as_expression(0)), depth=self.depth))
        try:
            self._loop(listed, ast.AugAssign(ast.Name(total, ast.Store()), ast.Add(), listed.elt))
            return self.of(self.cells[total])
        finally:
            self.restore({**cells, **self.lasting()})

    def _loop(self, node: ast.ListComp | ast.GeneratorExp, inner: ast.stmt) -> None:
        """Do something in the loops and under the conditions of a list."""
        body = inner
        for generator in reversed(node.generators):
            for condition in reversed(generator.ifs):
                body = ast.If(condition, [body], [])
            body = ast.For(generator.target, generator.iter, [body], [])
        before, self.strict = self.strict, True
        try:
            self.statement(ast.fix_missing_locations(ast.copy_location(body, node)))
        finally:
            self.strict = before

    def _list(self, node: ast.List) -> Fragment:
        """What is listed one by one, one below the other."""
        if not node.elts:
            raise self.refusal(node, "There is nothing in this list.")
        rows = [self.quantity(self.part(element)) for element in node.elts]
        return self.built(node, rows, lambda e: concatenate([reshape(one, (1, *one.shape)) for one in e], 0))

    def _binop(self, node: ast.BinOp) -> Fragment:
        """Of `[0.0] * D` a list as long as that; any other operation."""
        sides = [node.left, node.right] if isinstance(node.op, ast.Mult) else []
        listed = next((side for side in sides if isinstance(side, ast.List)), None)
        count = next((side for side in sides if side is not listed), None)
        times = self._times(count) if listed is not None and count is not None else None
        if listed is None or times is None:
            return super()._binop(node)
        rows = self._list(listed)
        (length, *rest) = rows.expression.shape
        if length != 1:
            raise self.refusal(node, "A list of one element is read where it is repeated.")
        return self.built(node, [rows], lambda e: broadcast_to(e[0], (times, *rest)))

    def _times(self, count: ast.expr) -> Dim | None:
        """How often a list is repeated; None for what is no size."""
        try:
            return self.dim(count)
        except FormulaError:
            return None

    def _do_listelement(self, node: ListElement) -> None:
        listing = self.listing[-1]
        part = self.quantity(self.part(spelled(node.value, self.knows)))
        loops = self.loops[listing.depth :]
        if len(self.guards) > listing.guards or (loops and listing.nested):
            raise self.refusal(node.value, "A list is read where it goes through samples or numbers, one by one.")

        def row(e: Sequence[Expression]) -> Expression:
            spread = self.scope.spread(loops, e[0])
            sides = [index.dim for index in loops if index.dim is not None] if loops else [1]
            same = spread.ndim == e[0].ndim
            return broadcast_to(reshape(spread, (1, *spread.shape)), (*sides, *spread.shape)) if same else spread

        listing.rows.append(self.built(node.value, [part], row))
