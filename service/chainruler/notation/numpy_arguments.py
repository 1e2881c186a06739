"""The arguments of a call in NumPy syntax, read as operands or as what is written out."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainruler.engine.simplify import value_of
from chainruler.notation import calls
from chainruler.notation.formula import Fragment
from chainruler.notation.numpy_tree import whole_number

if TYPE_CHECKING:
    from chainruler.notation.numpy_reader import NumpyReader


class NumpyArgument(calls.Argument):
    """An argument as Python's parser left it."""

    def __init__(self, reader: NumpyReader, node: ast.expr) -> None:
        self.reader, self.node = reader, node

    def operand(self) -> Fragment:
        return self.reader.part(self.node)

    def operands(self) -> list[Fragment]:
        if not isinstance(self.node, ast.Tuple):
            raise self.reader.refusal(self.node, "Write the parts in parentheses: (a, b).")
        return [self.reader.part(element) for element in self.node.elts]

    def literal(self) -> calls.Literal:
        return self._literal(self.node)

    def _literal(self, node: ast.expr) -> calls.Literal:
        if isinstance(node, ast.Attribute) and node.attr == "shape":
            return self.reader.part(node.value).expression.shape
        if isinstance(node, ast.Tuple):
            return tuple(self._literal(element) for element in node.elts)
        if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool)):
            return node.value
        number = whole_number(node)
        if number is not None or isinstance(node, ast.Name | ast.Subscript):
            return self.reader.dim(node) if number is None else number
        return value_of(self.reader.part(node).expression)


def larger_of_two(reader: NumpyReader, node: ast.Call, name: str, given: Sequence[ast.expr]) -> str:
    """Maximum for max(a, b), if it cannot be the maximum over an axis; any other name as it is."""
    if name not in {"max", "min"} or len(given) != 2:
        return name
    if whole_number(given[1]) is not None:
        raise reader.refusal(node, f"This may mean {name}imum(a, b) or {name}(a, axis=…): write which.")
    return f"{name}imum"
