"""Arguments of functions in a LaTeX formula, as the grammar left them."""

from __future__ import annotations

from lark import Token, Tree

from chainruler.engine import ExpressionError
from chainruler.engine.simplify import value_of
from chainruler.notation import calls
from chainruler.notation.formula import Fragment
from chainruler.notation.latex_factors import FactorReader
from chainruler.notation.latex_items import Node


class NodeArgument(calls.Argument):
    """An argument as the grammar left it."""

    def __init__(self, reader: FactorReader, node: Node) -> None:
        self.reader, self.node = reader, node
        self.row = False

    def operand(self) -> Fragment:
        item = self.reader.item(self.node)
        self.row = item.row
        return item.part

    def operands(self) -> list[Fragment]:
        raise ExpressionError("This takes its parts one after the other.")

    def literal(self) -> calls.Literal:
        return self._literal(self.node)

    def _literal(self, node: Node) -> calls.Literal:
        tree = node
        while isinstance(tree, Tree) and len(tree.children) == 1:
            tree = tree.children[0]
        if isinstance(tree, Token) and tree.type == "NAME":
            fixed = {"True": True, "False": False, "None": None}
            return fixed[str(tree)] if str(tree) in fixed else self.reader.dim(tree, str(tree))
        if isinstance(tree, Tree) and tree.data == "group" and str(tree.children[0]) == "(":
            inner = [c for c in tree.children[1:-1] if not (isinstance(c, Token) and c.type == "COMMA")]
            return tuple(self._literal(child) for child in inner)
        return value_of(self.reader.item(node).part.expression)
