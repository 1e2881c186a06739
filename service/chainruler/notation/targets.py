"""What statements name, fill and change: the targets of assignments, as they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chainruler.notation import templates
from chainruler.notation.spellings import is_method


def name_of(node: ast.expr) -> str:
    """A target as it is written: dW2, grads['W2'], W2.grad; nothing for what can be none."""
    return (
        ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Tuple | ast.List) else ""
    )


def key_of(node: ast.expr) -> str | None:
    """The text in brackets, as W2 in params["W2"]; None for any other index."""
    key = node.slice if isinstance(node, ast.Subscript) else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def is_empty(node: ast.expr) -> bool:
    """Whether this is a container with nothing in it."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"dict", "list"} and not (node.args or node.keywords)
    return isinstance(node, ast.Dict | ast.List) and not ast.unparse(node).strip("[]{} ")


def targets_of(node: ast.stmt) -> list[str]:
    """The names that a statement defines or changes."""
    return list(dict.fromkeys(_targets(node)))


def _targets(node: ast.stmt) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Name | ast.Attribute | ast.Subscript) and isinstance(child.ctx, ast.Store):
            yield name_of(child.value if isinstance(child, ast.Subscript) and not key_of(child) else child)


def changes_in_place(node: ast.expr) -> list[ast.Call]:
    """The calls of x.mul_(2).add_(b) in their order, where they change an array that has a name; none for any other."""
    calls: list[ast.Call] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if not method.endswith("_") or method in templates.NAMES or not is_method(method[:-1]):
            return []
        calls.insert(0, node)
        node = node.func.value
    return calls if name_of(node) else []
