"""Lists of code that hold something for each sample: `[outer(x, d) for x, d in zip(X, D)]` is an array with rows."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from chainruler.engine import Expression, broadcast_to, concatenate, reshape
from chainruler.notation.code import module_of
from chainruler.notation.formula import Conventions, FormulaLimits, Fragment, Symbols
from chainruler.notation.loops import LoopReader
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.statements import Code


class ListElement(ast.Expr):
    """One more element of the list that is being read."""


class ListReader(LoopReader):
    """A reader of loops that knows lists made by them."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.listing: list[tuple[int, list[Fragment]]] = []
        """The lists that are being read: how many loops were open before, and the rows so far."""

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> Fragment:
        """What is listed by a loop, one below the other."""
        (generator, *more), cells = node.generators, dict(self.cells)
        if more or generator.ifs:
            raise self.refusal(node, "A list is read where it goes through samples or numbers, one by one.")
        body = ast.copy_location(ListElement(value=node.elt), node)
        self.listing.append((len(self.loops), []))
        try:
            self._do_for(ast.copy_location(ast.For(generator.target, generator.iter, [body], []), node))
        finally:
            _, rows = self.listing.pop()
            for name in self.cells.keys() - cells.keys():
                self.own.pop(name, None)
            self.cells = cells
        if not rows:
            raise self.refusal(node, "There is nothing in this list.")
        return rows[0] if len(rows) == 1 else self.built(node, rows, lambda e: concatenate(list(e), 0))

    _generatorexp = _listcomp

    def _list(self, node: ast.List) -> Fragment:
        """What is listed one by one, one below the other."""
        if not node.elts:
            raise self.refusal(node, "There is nothing in this list.")
        rows = [self.quantity(self.part(element)) for element in node.elts]
        return self.built(node, rows, lambda e: concatenate([reshape(one, (1, *one.shape)) for one in e], 0))

    def _do_listelement(self, node: ListElement) -> None:
        depth, rows = self.listing[-1]
        part = self.quantity(self.part(spelled(node.value, self.knows)))
        loops = self.loops[depth:]

        def row(e: Sequence[Expression]) -> Expression:
            spread = self.scope.spread(loops, e[0])
            sides = [index.dim for index in loops if index.dim is not None] if loops else [1]
            same = spread.ndim == e[0].ndim
            return broadcast_to(reshape(spread, (1, *spread.shape)), (*sides, *spread.shape)) if same else spread

        rows.append(self.built(node.value, [part], row))


def read_code(text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> Code:
    """What code defines; FormulaError, naming the place, if it is no code or too large."""
    source, tree = module_of(text, limits)
    reader = ListReader(source, symbols, limits, conventions)
    reader.called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    try:
        reader.block(tree.body)
    except RecursionError:
        raise source.error("The code is nested too deep.", 0, len(text)) from None
    return Code(text, reader.cells, tuple(reader.classes), reader.demands.besides, tuple(reader.used))
