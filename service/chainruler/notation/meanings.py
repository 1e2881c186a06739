"""What code that is read may not do to names: give functions of a library new meanings, or names by their texts."""

from __future__ import annotations

import ast

from chainruler.notation.calls import function_names
from chainruler.notation.numpy_reader import NumpyReader
from chainruler.notation.spellings import OWN_MODULES, is_method, is_module

_BY_TEXT = frozenset(
    {"exec", "eval", "compile", "globals", "locals", "vars", "setattr", "delattr", "__import__", "__builtins__"}
)
"""What runs texts, or sets names that stand in texts."""

_SAME = {"expit": ("sigmoid",), "log": ("ln",)}
"""Functions of libraries by other names of theirs."""


def check_meanings(reader: NumpyReader, tree: ast.Module) -> None:
    """Refuse code that gives a function of a library another meaning, or that sets names by texts."""
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)):
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if alias.asname not in {None, alias.name, *_SAME.get(alias.name, ())}:
                known = alias.asname in function_names() or is_method(alias.asname or "")
                if known:
                    raise reader.refusal(node, f"{alias.name} is imported as {alias.asname}: write its own name.")
        stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
        if isinstance(node, ast.Attribute) and stored and is_module(node.value):
            if ast.unparse(node).partition(".")[0] not in OWN_MODULES:
                raise reader.refusal(node, f"{ast.unparse(node)} is given another meaning, which is not read.")
        elif isinstance(node, ast.Name) and node.id in _BY_TEXT:
            raise reader.refusal(node, f"{node.id} is not read: names are set by assignments.")
