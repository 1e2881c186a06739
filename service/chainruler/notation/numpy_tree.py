"""Python's tree of a formula: made, measured before anything is done with it, and its small facts."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from chainruler.engine import Expression
from chainruler.engine.expression import build
from chainruler.notation.formula import FormulaLimits
from chainruler.notation.source import Source, prepared
from chainruler.notation.vectors import reciprocal

T = TypeVar("T", bound=ast.AST)
FILE = "<answer>"
"""What Python calls the code of an answer where it warns of it."""
warnings.filterwarnings("ignore", module=FILE)  # of `1if`, for example: no news for the log of a service


def parsed(text: str, limits: FormulaLimits) -> tuple[Source, ast.expr]:
    """The formula's source and tree; FormulaError if it has none, or one that is too large or too deep."""
    source = prepared(text, limits)
    try:
        tree = ast.parse(source.code, FILE, "eval").body
    except SyntaxError as error:
        at = max(0, min((error.offset or 1) - 1, len(source.code) - 1))
        raise source.error("This cannot be read as a formula.", *source.span(at, at + 1)) from None
    except (ValueError, RecursionError, MemoryError):
        raise source.error("This cannot be read as a formula.", 0, len(text)) from None
    _measure(tree, source, limits)
    return source, tree


def _measure(tree: ast.expr, source: Source, limits: FormulaLimits) -> None:
    """Refuse a tree that is too large or too deep before anything is done with it."""
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    nodes = 0
    while stack:
        node, depth = stack.pop()
        nodes += isinstance(node, ast.expr)
        if nodes > limits.nodes or depth > limits.depth:
            what = f"has more than {limits.nodes} parts" if nodes > limits.nodes else f"is nested {limits.depth} deep"
            raise source.error(f"The formula {what}: name some of it, and use the names.", 0, len(source.text))
        for place, child in enumerate(ast.iter_child_nodes(node)):
            chained = place == 0 and isinstance(node, ast.BinOp) and isinstance(child, ast.BinOp)
            stack.append((child, depth if chained and child.col_offset == node.col_offset else depth + 1))  # type: ignore[attr-defined]


def copied(node: T) -> T:
    """A tree with nodes of its own, which may be changed; quicker than a deep copy, for which it may be any object."""
    new = node.__class__.__new__(node.__class__)
    for name, value in vars(node).items():
        setattr(new, name, [_copied(one) for one in value] if isinstance(value, list) else _copied(value))
    return new


def _copied(value: Any) -> Any:
    """A node copied; of an operator, a number or a name there is one for all trees."""
    return copied(value) if isinstance(value, ast.AST) and value._fields else value


def continues(node: ast.BinOp, whole: ast.BinOp) -> bool:
    """Whether a left operand belongs to the chain: it begins where the chain does, so no bracket stands before it."""
    return node.col_offset == whole.col_offset


def summed(operators: Sequence[ast.operator], e: Sequence[Expression]) -> Expression:
    """The chain of sums and differences as one sum."""
    signed = [x if isinstance(op, ast.Add) else -x for op, x in zip(operators, e[1:], strict=True)]
    return build("add", e[0], *signed)


def multiplied(operators: Sequence[ast.operator], e: Sequence[Expression]) -> Expression:
    """The chain of products and quotients as one product."""
    factors = [x if isinstance(op, ast.Mult) else reciprocal(x) for op, x in zip(operators, e[1:], strict=True)]
    return build("multiply", e[0], *factors)


def whole_number(node: ast.expr) -> int | None:
    """The whole number that is written here, with a minus or without; None for anything else."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    value = node.value if isinstance(node, ast.Constant) else None
    return sign * value if isinstance(value, int) and not isinstance(value, bool) else None


def is_whole(key: ast.expr) -> bool:
    """Whether this is a colon by itself."""
    return isinstance(key, ast.Slice) and key.lower is key.upper is key.step is None


def is_every_row(key: ast.expr) -> bool:
    """Whether this is arange(N) or range(N), which picks every row."""
    if isinstance(key, ast.Call) and isinstance(key.func, ast.Name) and len(key.args) == 1 and not key.keywords:
        return key.func.id in {"arange", "range"} or (key.func.id == "list" and is_every_row(key.args[0]))
    return False


def dotted(node: ast.expr) -> str:
    """A name with what follows its points, as torch.autograd.grad; nothing for anything else."""
    after: list[str] = []
    while isinstance(node, ast.Attribute):
        after.insert(0, node.attr)
        node = node.value
    return ".".join([node.id, *after]) if isinstance(node, ast.Name) else ""


class Counted(ast.NodeTransformer):
    """The number of a pass put in the place of its letter, and added to what is written out."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        self.numbers = numbers

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.numbers and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Constant(self.numbers[node.id]), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right = whole_number(node.left), whole_number(node.right)
        if left is None or right is None or not isinstance(node.op, ast.Add | ast.Sub):
            return node
        value = left + right if isinstance(node.op, ast.Add) else left - right
        return ast.copy_location(ast.Constant(value), node)


class Name(ast.Name):
    """The name of a function of a library: a function of one's own with this name is another."""


def truth(test: ast.expr) -> bool | None:
    """Whether a condition between written-out numbers holds; None for any other."""
    if isinstance(test, ast.Constant) and isinstance(test.value, bool | int):
        return bool(test.value)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = whole_number(test.left), whole_number(test.comparators[0])
        if left is not None and right is not None:
            found = {ast.Eq: left == right, ast.NotEq: left != right, ast.Gt: left > right, ast.Lt: left < right}
            return found.get(type(test.ops[0]))
    return None
