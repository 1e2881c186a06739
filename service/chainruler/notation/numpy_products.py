"""Matrix products in NumPy syntax, where the .T of a vector makes it a row."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainruler import engine
from chainruler.notation.formula import Build, Fragment

if TYPE_CHECKING:
    from chainruler.notation.numpy_reader import NumpyReader


def product(reader: NumpyReader, node: ast.expr, first: ast.expr, second: ast.expr, build: Build) -> Fragment:
    """The product of two operands: for vectors a.T @ b is a @ b, and a @ b.T is a column times a row."""
    left = _left(reader, first)
    if isinstance(second, ast.Attribute) and second.attr == "T" and left.expression.ndim == 1:
        right = reader.part(second.value)
        if right.expression.ndim == 1:
            return reader.built(node, [left, right], lambda e: engine.outer(*e))
    return reader.built(node, [left, reader.part(second)], build)


def _left(reader: NumpyReader, node: ast.expr) -> Fragment:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        inner = reader.part(node.value)
        if inner.expression.ndim == 1:
            return Fragment(reader.span(node), inner.expression, (inner,), lambda e: e[0])
    return reader.part(node)


def check_dots(reader: NumpyReader, nodes: Sequence[ast.expr], parts: Sequence[Fragment]) -> None:
    """A · between two arrays may mean either product, so it is refused."""
    for left, right, after in zip(nodes, nodes[1:], range(1, len(parts)), strict=False):
        gap = range(reader.span(left)[1], reader.span(right)[0])
        dot = next((place for place in gap if place in reader.source.dots), None)
        if dot is not None and parts[after].expression.shape and any(p.expression.shape for p in parts[:after]):
            message = "Between two arrays this may mean either product: write @ (matrix product) or * (entry by entry)."
            raise reader.source.error(message, dot, dot + 1)
