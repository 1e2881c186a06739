"""Mutants: copies of a module with one small thing wrong, as a tired author might have written it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
UFUNCS = {
    "add": "subtract",
    "subtract": "add",
    "multiply": "divide",
    "divide": "multiply",
    "exp": "negative",
    "negative": "exp",
    "log": "log1p",
    "log1p": "log",
    "square": "sqrt",
    "sqrt": "square",
    "reciprocal": "negative",
    "maximum": "minimum",
    "minimum": "maximum",
    "greater": "greater_equal",
    "greater_equal": "greater",
    "less": "less_equal",
    "less_equal": "less",
}
SYMMETRIC = {"add", "multiply", "maximum", "minimum", "equal", "not_equal"}
"""NumPy functions of two operands that give the same whichever comes first."""
UNTOUCHED = (ast.Raise, ast.Assert, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """A module with one change; `place` and `change` name it, whatever the line numbers."""

    file: Path
    place: str
    change: str
    line: int
    source: str

    @property
    def is_attribute(self) -> bool:
        """Whether not a function but an attribute of a class is changed, so that its place is the class."""
        return "." not in self.place and self.place.lstrip("_")[:1].isupper()

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line} {self.place}: {self.change}"


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every mutant of a module."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for place, statement, node in list(_nodes(tree)):
        for mutated in _changes(node):
            before = ast.unparse(statement).splitlines()
            original = copy.copy(node.__dict__)
            node.__dict__.update(mutated.__dict__)
            kind, node.__class__ = node.__class__, mutated.__class__
            source, after = ast.unparse(tree), ast.unparse(statement).splitlines()
            node.__class__ = kind
            node.__dict__.clear()
            node.__dict__.update(original)
            if before != after:
                yield Mutant(file, place, _difference(before, after), getattr(node, "lineno", 0), source)


def _difference(before: list[str], after: list[str]) -> str:
    """The first line that changed, as it was and as it is."""
    pairs = zip(before, after, strict=False)
    old, new = next(((a, b) for a, b in pairs if a != b), (before[-1], after[-1]))
    return f"{old.strip()}  →  {new.strip()}"


def _nodes(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    """Every node inside a function, and of class attributes, with the name of its place and the statement it is in."""
    for top in tree.body:
        if isinstance(top, ast.ClassDef):
            for item in top.body:
                if isinstance(item, ast.FunctionDef):
                    yield from _inside(f"{top.name}.{item.name}", item.body)
                elif (
                    isinstance(item, ast.Assign | ast.AnnAssign) and not _is_text(item.value) and not _is_wording(item)
                ):
                    yield from ((top.name, item, node) for node in ast.walk(item.value) if item.value)  # type: ignore[arg-type]
        elif isinstance(top, ast.FunctionDef):
            yield from _inside(top.name, top.body)


def _is_wording(item: ast.Assign | ast.AnnAssign) -> bool:
    """Whether a class attribute only serves the words of a derivation, whose tests are elsewhere."""
    return isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "plain"


def _is_text(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and isinstance(value.value, str))


def _inside(place: str, body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    """The nodes of statements, but for what raises or asserts, and for annotations and docstrings."""
    for statement in body:
        if isinstance(statement, UNTOUCHED) or (isinstance(statement, ast.Expr) and _is_text(statement.value)):
            continue
        parts: list[ast.stmt] = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
        yield place, statement, statement
        yield from ((place, statement, node) for node in _expressions(statement))
        yield from _inside(place, parts)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement that are not in a statement below it, and not an annotation."""
    skipped = {id(statement.annotation)} if isinstance(statement, ast.AnnAssign) else set()
    queue = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)]
    while queue:
        node = queue.pop()
        if id(node) in skipped or isinstance(node, ast.JoinedStr) or _is_strict(node):
            continue
        yield node
        queue.extend(ast.iter_child_nodes(node))


def _is_strict(node: ast.AST) -> bool:
    """Whether this is `strict=…` of a zip, which changes nothing where all is well."""
    return isinstance(node, ast.keyword) and node.arg == "strict"


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What could be wrong with a node."""
    for kind in (_operator, _condition, _constant, _arguments, _elements, _dropped):
        yield from kind(node)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _operator(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPPED:
        yield _with(node, op=SWAPPED[type(node.op)]())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Sub | ast.Div):
        yield _with(node, left=node.right, right=node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        yield node.left
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield _with(node, ops=[SWAPPED[type(node.ops[0])](), *node.ops[1:]])
    if isinstance(node, ast.BoolOp):
        yield _with(node, op=SWAPPED[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand


def _condition(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If | ast.IfExp):
        for value in (True, False):
            yield _with(node, test=ast.Constant(value))
    if isinstance(node, ast.comprehension) and node.ifs:
        yield _with(node, ifs=[])


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield ast.Constant(not value)
        elif isinstance(value, int | float):
            yield ast.Constant(
                value + 1 if value in (0, 1, 2) else value * 1.01 if isinstance(value, float) else value + 1
            )
        elif value in UFUNCS:
            yield ast.Constant(UFUNCS[value])


def _arguments(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and not any(isinstance(arg, ast.Starred) for arg in node.args):
        for i in range(len(node.args) - 1):
            args = list(node.args)
            args[i], args[i + 1] = args[i + 1], args[i]
            if not _is_symmetric(node, i):
                yield _with(node, args=args)


def _is_symmetric(call: ast.Call, place: int) -> bool:
    """Whether the argument at a place and the one after it may change places, as in `emitter.ufunc("add", a, b)`."""
    function = ast.unparse(call.func)
    first = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    return function in {"max", "min"} or (function == "emitter.ufunc" and first in SYMMETRIC and place > 0)


def _elements(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts) - 1):
            elements = list(node.elts)
            elements[i], elements[i + 1] = elements[i + 1], elements[i]
            yield _with(node, elts=elements)


def _dropped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr | ast.AugAssign):
        yield ast.Pass(lineno=node.lineno)
