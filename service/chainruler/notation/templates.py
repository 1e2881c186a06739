"""Functions of NumPy and PyTorch that a formula writes otherwise: `F.linear(x, W, b)` is `x @ W.T + b`.

A template is what the call is replaced by, with `_0`, `_1`, … for its operands.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from copy import deepcopy

_TEMPLATES = {
    ("negative", 1): "-_0",
    ("neg", 1): "-_0",
    ("reciprocal", 1): "1 / _0",
    ("t", 1): "_0.T",
    ("transpose", 1): "_0.T",
    ("len", 1): "_0.shape[0]",
    ("size", 2): "_0.shape[_1]",
    ("numel", 1): "_0.size",
    ("linear", 2): "_0 @ _1.T",
    ("linear", 3): "_0 @ _1.T + _2",
    ("masked_fill", 3): "where(_1, _2, _0)",
    ("heaviside", 2): "heaviside(_0)",
    ("softmax", 2): "softmax(_0, axis=_1)",
    ("log_softmax", 2): "log_softmax(_0, axis=_1)",
    ("logsumexp", 2): "logsumexp(_0, axis=_1)",
    ("gather", 3): "_0[range(_0.shape[0]), _2][:, None]",
    ("scatter", 4): "at_classes(_0, _2, _3)",
    ("scatter_", 4): "at_classes(_0, _2, _3)",
}
NAMES = frozenset(name for name, _ in _TEMPLATES)
_PARSED = {key: ast.parse(text, mode="eval").body for key, text in _TEMPLATES.items()}


class _Filled(ast.NodeTransformer):
    def __init__(self, given: Sequence[ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self.given[int(node.id[1:])]) if node.id[0] == "_" else node


def written(name: str, given: Sequence[ast.expr]) -> ast.expr | None:
    """What a call is replaced by; None for a function that stays one."""
    template = _PARSED.get((name, len(given)))
    if template is None:
        return None
    if name in {"gather", "scatter", "scatter_"}:
        column = _column(given[2])
        if column is None:
            return None
        given = [*given[:2], column, *given[3:]]
    return _placed(_Filled(given).visit(deepcopy(template)), given[0])


def set_in_rows(node: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The place and the value that x.scatter_(1, y[:, None], v) sets: x[range(len(x)), y] = v."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "scatter_" or len(node.args) != 3:
        return None
    column, value = _column(node.args[1]), node.args[2]
    if column is None:
        return None
    if not ast.unparse(value).lstrip("-").replace(".", "").isdigit():  # a column, as its places are
        value = _placed(_Filled([value]).visit(ast.parse("_0[:, 0]", mode="eval").body), value)
    place = ast.parse("_0[range(_0.shape[0]), _1]", mode="eval").body
    place = _placed(_Filled([node.func.value, column]).visit(place), node)
    assert isinstance(place, ast.Subscript)  # noqa: S101 (the template is one; told to the type checker)
    return ast.copy_location(ast.Subscript(place.value, place.slice, ast.Store()), node), value


def _placed(node: ast.expr, place: ast.expr) -> ast.expr:
    """The same, standing in the text where another part does, but for the operands, which stand where they stood."""
    return ast.fix_missing_locations(ast.copy_location(node, place))


def _column(node: ast.expr) -> ast.expr | None:
    """The vector that is written as a column, y[:, None] or y.view(-1, 1); None for anything else."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.slice).strip("()") in {":, None", ":, np.newaxis"}:
        return node.value
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute) and function.attr in {"view", "reshape", "unsqueeze"}:
        return function.value
    if isinstance(function, ast.Name) and function.id in {"reshape", "expand_dims"} and isinstance(node, ast.Call):
        return node.args[0]
    return None
