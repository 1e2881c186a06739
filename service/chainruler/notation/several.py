"""What calls give that are followed as they are made: one array, several in parentheses, or nothing."""

from __future__ import annotations

import ast
from typing import TypeAlias

from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaLimits, Fragment, Symbols
from chainruler.notation.numpy_tree import whole_number
from chainruler.notation.own_functions import FunctionReader
from chainruler.notation.source import Source
from chainruler.notation.targets import key_of, name_of

SEVERAL = "This gives several arrays, or none: take one, as in (…)[0], or give a name to each."

Given: TypeAlias = "ArrayCell | tuple[Given, ...]"
"""One array, or several in parentheses."""


class SeveralReader(FunctionReader):
    """A reader of statements that gives names to several arrays at once."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.tuples: dict[str, tuple[Given, ...]] = {}
        """The names that have several arrays."""

    def given_by(self, node: ast.expr) -> Given | None:
        """What a name of several arrays has, or what a call gives that is followed; None for any other."""
        return self.tuples.get(name_of(node)) if isinstance(node, ast.Name | ast.Attribute) else None

    def define(self, name: str, cell: ArrayCell) -> None:
        """Give a cell a name, which then has one array."""
        self.tuples.pop(name, None)
        super().define(name, cell)

    def _do_expr(self, node: ast.Expr) -> None:
        given = self.given_by(node.value)
        if given is None:
            super()._do_expr(node)
        elif given != ():
            self._bind(ast.copy_location(ast.Name("return", ast.Store()), node.value), given)

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> None:
        place = isinstance(target, ast.Subscript) and key_of(target) is None
        given = None if place else self.given_by(value)
        if given is None and isinstance(value, ast.Tuple) and isinstance(target, ast.Name | ast.Attribute):
            given = tuple(self._cell_or_trouble(one) for one in value.elts)
        if given is None:
            super()._assign(target, value, node)
        else:
            self._bind(target, given)

    def _bind(self, target: ast.expr, given: Given) -> None:
        """Give names to what a call gives."""
        if isinstance(given, ArrayCell):
            self.define(name_of(target), given)
        elif isinstance(target, ast.Tuple | ast.List):
            if len(target.elts) != len(given):
                raise self.refusal(target, "There are more names than values, or fewer.")
            for one, part in zip(target.elts, given, strict=True):
                self._bind(one, part)
        elif isinstance(target, ast.Name | ast.Attribute):
            if len(given) == 1:
                self._bind(target, given[0])
            else:
                self.define(name_of(target), ArrayCell(trouble=self.refusal(target, SEVERAL), depth=self.depth))
            self.tuples[name_of(target)] = given
        else:
            raise self.refusal(target, SEVERAL)

    # Expressions

    def _call(self, node: ast.Call) -> Fragment:
        given = self.given_by(node)
        return super()._call(node) if given is None else self._one(node, given)

    def _subscript(self, node: ast.Subscript) -> Fragment:
        place = whole_number(node.slice)
        given = self.given_by(node.value)
        if given is None:
            return super()._subscript(node)
        if place is None or not isinstance(given, tuple):
            return self._part_of(node, given)
        if not -len(given) <= place < len(given):
            raise self.refusal(node, f"There is no place {place} among the {len(given)} that this gives.")
        return self._one(node, given[place])

    def _part_of(self, node: ast.Subscript, given: Given) -> Fragment:
        """What an index picks of the one array that a call gives."""
        names = dict(self.cells)
        self.define("#given", ArrayCell(self._one(node, given), depth=self.depth))
        array = ast.copy_location(ast.Name("#given", ast.Load()), node.value)
        try:
            return super()._subscript(ast.copy_location(ast.Subscript(array, node.slice, ast.Load()), node))
        finally:
            self.restore(names)

    def _one(self, node: ast.expr, given: Given) -> Fragment:
        """The one array that is given."""
        while isinstance(given, tuple):
            if len(given) != 1:
                raise self.refusal(node, SEVERAL)
            given = given[0]
        inner = self.of(given)
        return Fragment(self.span(node), inner.expression, (inner,), lambda e: e[0])
