"""What statements name, fill and change: the targets of assignments, as they are written."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from chainruler.notation import templates
from chainruler.notation.spellings import is_method
from chainruler.notation.views import is_view, name_called


def name_of(node: ast.expr) -> str:
    """A target as it is written: dW2, grads['W2'], W2.grad; nothing for what can be none."""
    return (
        ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Tuple | ast.List) else ""
    )


def is_name(node: ast.expr) -> bool:
    """Whether this names an array, as dW2, grads['W2'] and self.dW do, and is made of none: dW.T is."""
    if isinstance(node, ast.Attribute | ast.Subscript):
        return is_name(node.value) and not (isinstance(node, ast.Attribute) and node.attr == "T")
    return isinstance(node, ast.Name)


def key_of(node: ast.expr) -> str | None:
    """The text in brackets, as W2 in params["W2"]; None for any other index."""
    key = node.slice if isinstance(node, ast.Subscript) else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def is_empty(node: ast.expr) -> bool:
    """Whether this is a container with nothing in it."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"dict", "list"} and not (node.args or node.keywords)
    return isinstance(node, ast.Dict | ast.List) and not ast.unparse(node).strip("[]{} ")


def flat(target: ast.expr) -> ast.expr:
    """A[i][j] as A[i, j], where the first index picks one row."""
    if not isinstance(target, ast.Subscript) or key_of(target) is not None:
        return target
    inner = flat(target.value)
    if not isinstance(inner, ast.Subscript) or key_of(inner) is not None:
        return target
    keys = [*keys_of(inner), *keys_of(target)]
    if any(isinstance(key, ast.Slice) for key in keys_of(inner)):
        return target
    return ast.copy_location(ast.Subscript(inner.value, ast.Tuple(keys, ast.Load()), target.ctx), target)


def keys_of(target: ast.Subscript) -> list[ast.expr]:
    """The keys of an index, one by one."""
    return target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]


def added_to(target: ast.expr, value: ast.expr) -> ast.expr | None:
    """What `total = a + total - b` adds to its target; None where it does something else."""
    terms: list[tuple[ast.operator, ast.expr]] = []
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        terms.insert(0, (value.op, value.right))
        value = value.left
    terms.insert(0, (ast.Add(), value))
    same = [term for term in terms if name_of(term[1]) == name_of(target) != "" and isinstance(term[0], ast.Add)]
    rest = [term for term in terms if term not in same]
    if len(same) != 1 or not rest:
        return None
    (op, total), *others = rest
    total = total if isinstance(op, ast.Add) else ast.copy_location(ast.UnaryOp(ast.USub(), total), total)
    for op, term in others:
        total = ast.copy_location(ast.BinOp(total, op, term), term)
    return total


def targets_of(node: ast.stmt) -> list[str]:
    """The names that a statement defines or changes."""
    return list(dict.fromkeys(_targets(node)))


def _targets(node: ast.stmt) -> Iterator[str]:
    listed = {name for part in ast.walk(node) if isinstance(part, ast.comprehension) for name in ast.walk(part.target)}
    for child in ast.walk(node):
        named = isinstance(child, ast.Name | ast.Attribute | ast.Subscript) and isinstance(child.ctx, ast.Store)
        if named and child not in listed and isinstance(child, ast.expr):
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
    return calls if name_of(node) or is_view(node) else []


def filling(call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The array and the number of x.fill(a); None for any other call."""
    plain = len(call.args) == 1 and not call.keywords
    named = plain and isinstance(call.func, ast.Attribute) and call.func.attr == "fill"
    return (call.func.value, call.args[0]) if named and isinstance(call.func, ast.Attribute) else None


def put_into(call: ast.Call) -> tuple[ast.expr, ast.Call] | None:
    """Where np.exp(x, out=a) puts its result, and the call that gives it; None for any other call."""
    outs = [keyword.value for keyword in call.keywords if keyword.arg == "out"]
    if len(outs) != 1 or not name_of(outs[0]) or isinstance(outs[0], ast.Tuple | ast.List):
        return None
    rest = [keyword for keyword in call.keywords if keyword.arg != "out"]
    return outs[0], ast.copy_location(ast.Call(call.func, call.args, rest), call)


def changes_alone(node: ast.AST, at: Collection[str]) -> list[ast.Call]:
    """The calls of a statement that change something in place and are all of it, or all that a name is set to."""
    value = getattr(node, "value", None)
    placed = isinstance(node, ast.Assign) and any(isinstance(t, ast.Subscript) and not key_of(t) for t in node.targets)
    if type(node) not in {ast.Expr, ast.Assign, ast.AnnAssign, ast.Return} or placed or not isinstance(value, ast.expr):
        return []
    if (
        isinstance(node, ast.Expr)
        and isinstance(value, ast.Call)
        and (filling(value) or put_into(value) or (name_called(value) == "at" and ast.unparse(value.func) in at))
    ):
        return [value]
    return changes_in_place(value)
