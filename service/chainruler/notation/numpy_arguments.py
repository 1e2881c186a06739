"""Calls in NumPy syntax: their arguments are read as operands or as what is written out, and none is left out."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chainruler.engine import ExpressionError
from chainruler.engine.simplify import value_of
from chainruler.notation import calls, templates
from chainruler.notation.formula import FormulaError, Fragment
from chainruler.notation.names import unknown
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
        if not isinstance(self.node, ast.Tuple | ast.List):
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


def called(reader: NumpyReader, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Fragment:
    """The call of a function of the engine, by its bare name."""
    if name not in calls.function_names():
        known = name in templates.NAMES
        wrong = templates.misuse(name, node.keywords) if known else unknown(name, reader.symbols, calls.FUNCTIONS)
        raise reader.refusal(node.func, wrong)
    if name == "turned" and "torch" not in reader.source.text:
        raise reader.refusal(node, "Say which axes are exchanged by swapaxes, or write .T.")
    name = _larger_of_two(reader, node, name, given)
    named = _named(reader, node)
    try:
        parts, how = calls.called(name, [NumpyArgument(reader, a) for a in given], named)
    except FormulaError:
        raise
    except ExpressionError as error:
        message = templates.misuse(name, node.keywords) if name in templates.NAMES else str(error)
        raise reader.refusal(node, message) from None
    return reader.built(node, parts, how, picks=name in calls.PICKING)


def _named(reader: NumpyReader, node: ast.Call) -> Mapping[str, NumpyArgument]:
    """The keywords of a call, each given once and by its name."""
    named: dict[str, NumpyArgument] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in named:
            what = "**" if keyword.arg is None else f'"{keyword.arg}" twice'
            raise reader.refusal(node, f"This call has {what}: write each argument once, by its name.")
        named[keyword.arg] = NumpyArgument(reader, keyword.value)
    return named


def _larger_of_two(reader: NumpyReader, node: ast.Call, name: str, given: Sequence[ast.expr]) -> str:
    """Maximum for max(a, b), if it cannot be the maximum over an axis; any other name as it is."""
    if name not in {"max", "min"} or len(given) != 2:
        return name
    if whole_number(given[1]) is not None and reader.part(given[0]).expression.shape:
        raise reader.refusal(node, f"This may mean {name}imum(a, b) or {name}(a, axis=…): write which.")
    return f"{name}imum"
