"""Arguments that say how numbers are kept, such as `dtype=float` or `copy=True`, and not what they are."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from chainruler.notation.numpy_tree import Name

_NUMBERS = {
    "": ("float", "double", "half", "dtype", "floating", "FloatTensor", "DoubleTensor", "bfloat"),
    "as_whole": ("int", "long", "short", "uint", "intp", "LongTensor", "IntTensor"),
    "is_nonzero": ("bool", "BoolTensor"),
}
"""Types by the function that makes numbers of that type; real numbers are left as they are."""
_OF_TYPE = {name: function for function, names in _NUMBERS.items() for name in names}
_ANY = frozenset({"copy", "device", "requires_grad", "subok", "optimize", "non_blocking", "memory_format", "casting"})
"""Whatever these say, the numbers are the same."""
_ONLY = {
    "order": ("'C'", "'K'", "'A'"), "out": ("None",), "where": ("True",), "inplace": ("False",),
    "rounding_mode": ("None",), "weights": ("None",), "strict": ("True", "False"), "keepdims": ("False",),
}  # fmt: skip
"""What these say where they change nothing."""


def kept_as(dtype: ast.expr, value: ast.expr) -> ast.expr | None:
    """A value as numbers of a type, as `.astype(int)` makes them; None if this names no type."""
    name = ast.unparse(dtype).strip("'\"").rpartition(".")[2].rstrip("0123456789_")
    function = _OF_TYPE.get(name)
    if function is None:
        return None
    return value if not function else ast.Call(Name(function, ast.Load()), [value], [])


def is_device(node: ast.expr) -> bool:
    """Whether this may name where numbers are kept: "cpu", device, x.device."""
    return isinstance(node, ast.Name | ast.Attribute) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def split(named: Sequence[ast.keyword]) -> tuple[list[ast.keyword], ast.expr | None]:
    """The keywords that say something about numbers, and the type that they are asked in."""
    dtype = next((k.value for k in named if k.arg == "dtype" and kept_as(k.value, k.value) is not None), None)
    return [k for k in named if not (_is_idle(k) or (k.arg == "dtype" and k.value is dtype))], dtype


def _is_idle(keyword: ast.keyword) -> bool:
    return keyword.arg in _ANY or ast.unparse(keyword.value) in _ONLY.get(keyword.arg or "", ())
