"""Views in code: which expressions may share the memory of another array, and what statements change in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chainruler.notation.numpy_tree import is_whole
from chainruler.notation.spellings import is_module

_NO_ARRAYS = frozenset({"shape", "size", "ndim", "dtype", "device", "itemsize", "nbytes", "grad"})
_ATTRIBUTES = {"T": True, "data": False, "values": False}
_WHOLE = frozenset({"asarray", "asanyarray", "ascontiguousarray", "as_tensor"})
"""Functions that give the same array, where they have no arguments besides."""
_WHOLE_METHODS = frozenset({"detach", "contiguous", "numpy", "cpu", "view"})
"""Methods that do so."""
_PARTS = frozenset(
    {
        "reshape", "ravel", "flatten", "squeeze", "unsqueeze", "expand_dims", "transpose", "swapaxes", "permute", "t",
        "expand", "broadcast_to", "diagonal", "diag", "atleast_1d", "atleast_2d", "atleast_3d", "moveaxis", "rollaxis",
        "split", "array_split", "hsplit", "vsplit", "chunk", "unbind", "narrow", "select", "to", "float", "double",
        "type", "type_as", "astype", "array", "real", "nan_to_num", "view_as", "reshape_as", "expand_as", "movedim",
        "flip", "fliplr", "flipud", "rot90", "unfold", "sliding_window_view", "as_strided", "swapdims", "list", "tuple",
        "zip", "enumerate", "reversed", "iter", "getattr", "requires_grad_",
    }
)  # fmt: skip
"""What may give a view."""
_COPIES = frozenset({"array", "astype"})
"""What copies unless it is told not to."""
_CHANGING_METHODS = frozenset(
    {"fill", "sort", "put", "resize", "itemset", "partition", "setfield", "byteswap", "setflags", "__setitem__"}
)
_CHANGING_FUNCTIONS = frozenset(
    {"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis", "shuffle", "at", "setattr"}
)
_OPERANDS = dict.fromkeys(("exp", "log", "sqrt", "tanh", "abs", "absolute", "negative", "square", "sign", "log1p"), 1)
_OPERANDS |= dict.fromkeys(("add", "subtract", "multiply", "divide", "true_divide", "power", "maximum", "minimum"), 2)
_OPERANDS |= dict.fromkeys(("dot", "matmul", "outer", "greater", "less"), 2) | {"clip": 3}
"""How many operands these have: one more is where the result is put."""


def viewed(node: ast.expr) -> list[tuple[ast.expr, bool | None]]:
    """Of what an expression may be a view: the same array (False), its transpose (True), or any part of it (None)."""
    found: list[tuple[ast.expr, bool | None]] = []
    match node:
        case ast.Attribute() if node.attr not in _NO_ARRAYS:
            found = [(node.value, _ATTRIBUTES.get(node.attr))]
        case ast.Subscript():
            found = [(node.value, False if _is_all(node.slice) else None)]
        case ast.IfExp():
            found = [(node.body, None), (node.orelse, None)]
        case ast.List() | ast.Tuple():
            found = [(element, None) for element in node.elts]
        case ast.Starred() | ast.NamedExpr():
            found = [(node.value, None)]
        case ast.Call():
            found = _of_call(node)
    return found


def _of_call(node: ast.Call) -> list[tuple[ast.expr, bool | None]]:
    name, operands = name_called(node), list(node.args)
    receiver = node.func.value if isinstance(node.func, ast.Attribute) and not is_module(node.func.value) else None
    alone = not node.keywords and len(operands) == (1 if receiver is None else 0)
    operands = operands if receiver is None else [receiver, *operands]
    if name in _COPIES and all(keyword.arg != "copy" or _is_true(keyword.value) for keyword in node.keywords):
        return []
    if alone and name in (_WHOLE if receiver is None else _WHOLE_METHODS):
        return [(operands[0], False)]
    if alone and name in {"t", "transpose"}:
        return [(operands[0], True)]
    if name == "einsum" and len(operands) == 2:
        return [(operands[1], None)]
    return [(operand, None) for operand in operands] if name in _PARTS | _WHOLE | _WHOLE_METHODS else []


def is_view(node: ast.expr) -> bool:
    """Whether a change of this is a change of something else."""
    return bool(viewed(node)) and not isinstance(node, ast.List | ast.Tuple)


def _is_all(key: ast.expr) -> bool:
    keys = key.elts if isinstance(key, ast.Tuple) else [key]
    return all(is_whole(one) or (isinstance(one, ast.Constant) and one.value is ...) for one in keys)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def name_called(node: ast.Call) -> str:
    """The last name of what is called: exp for np.exp."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def changed_in_place(node: ast.AST) -> Iterator[ast.expr]:
    """Every array, as it is written, that a statement or expression changes in place, as far as its form says."""
    for child in ast.walk(node):
        if isinstance(child, ast.AugAssign):
            yield child.target
        if isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Store | ast.Del):
            yield child.value
        if isinstance(child, ast.Call):
            yield from changed_by_call(child)


def suspects(node: ast.stmt) -> Iterator[ast.expr]:
    """What a statement that is not read may change, also by names of its own for it."""
    changed = list(changed_in_place(node))
    yield from changed
    for child in ast.walk(node) if changed else ():
        if isinstance(child, ast.For | ast.comprehension):
            yield from child.iter.args if isinstance(child.iter, ast.Call) else [child.iter]
        elif isinstance(child, ast.Assign | ast.AnnAssign) and child.value is not None and child is not node:
            yield child.value


def changed_by_call(node: ast.Call) -> Iterator[ast.expr]:
    """What a call itself changes: its receiver, its first argument, or what is given as `out`."""
    name, operands = name_called(node), list(node.args)
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    method = isinstance(node.func, ast.Attribute) and not is_module(node.func.value)
    if method and isinstance(node.func, ast.Attribute):
        operands.insert(0, node.func.value)
    in_place = name.endswith("_") and not name.endswith("__") and name not in {"requires_grad_", "float_", "int_"}
    asked = _is_true(named.get("inplace")) or (name == "nan_to_num" and "copy" in named)
    if in_place or asked or name in (_CHANGING_METHODS if method else _CHANGING_FUNCTIONS):
        yield from operands[:1]
    out = named.get("out")
    if out is not None:
        yield from out.elts if isinstance(out, ast.Tuple) else [out]
    if len(operands) > _OPERANDS.get(name, len(operands)):
        yield operands[-1]
