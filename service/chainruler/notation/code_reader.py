"""Code read as a whole: what it defines, of which nothing may be left over of what arrays held before they were set."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from chainruler.engine import Dim, Expression, size, variable, variables
from chainruler.notation import calls
from chainruler.notation.autograd import GradientReader
from chainruler.notation.cells import ArrayCell
from chainruler.notation.code import is_without_arrays, module_of
from chainruler.notation.formula import Conventions, FormulaLimits, Fragment, Symbols
from chainruler.notation.meanings import check_meanings
from chainruler.notation.numpy_arguments import called
from chainruler.notation.numpy_tree import whole_number
from chainruler.notation.own_classes import used_classes
from chainruler.notation.own_functions import calls_of_own, name_returned
from chainruler.notation.source import Source
from chainruler.notation.statements import Code
from chainruler.notation.targets import name_of

_FILLED = {"empty": "zeros", "empty_like": "zeros_like"}


class CodeReader(GradientReader):
    """A reader of all that code may have."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.unfilled: dict[Expression, ast.expr] = {}
        """What stands for the numbers that an empty array has before they are set."""

    def _called(self, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Fragment:
        if name == "argmax":
            return self._class_of(node, given)
        rows = self._rows_of(given[0]) if name in calls.ONE_HOT and len(given) == 1 and not node.keywords else None
        if rows is not None:
            return Fragment(self.span(node), rows)
        if name not in _FILLED:
            return super()._called(node, name, given)
        shape = called(self, node, _FILLED[name], given).expression.shape
        unknown = variable(f"{name}#{len(self.unfilled)}", shape)
        self.unfilled[unknown] = node
        return Fragment(self.span(node), unknown)

    def _binop(self, node: ast.BinOp) -> Fragment:
        count = self._classes(node)
        return super()._binop(node) if count is None else self.built(node, [], lambda _: size([count]))

    def _side(self, node: ast.Subscript, of: ast.expr) -> Fragment:
        """One of the sizes of an array; of the different class numbers it is how many classes there are."""
        is_unique = isinstance(of, ast.Call) and name_of(of.func) == "unique" and len(of.args) == 1
        rows = self._rows_of(of.args[0]) if is_unique else None  # type: ignore[attr-defined]
        return super()._side(node, of) if rows is None else self.built(node, [], lambda _: size([rows.shape[-1]]))

    def dim(self, node: ast.expr) -> Dim:
        """A size: also the largest class number and 1."""
        count = self._classes(node)
        return super().dim(node) if count is None else count

    def _classes(self, node: ast.expr) -> Dim | None:
        """How many classes there are, as `y.max() + 1` says it; None for anything else."""
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else []
        largest = [one for one in sides if isinstance(one, ast.Call) and name_of(one.func) in {"max", "amax"}]
        if len(largest) != 1 or not any(whole_number(side) == 1 for side in sides) or len(largest[0].args) != 1:
            return None
        rows = self._rows_of(largest[0].args[0])
        return None if rows is None else rows.shape[-1]

    def _rows_of(self, node: ast.expr) -> Expression | None:
        """The one-hot rows of class numbers that have some in this problem, which say how many classes there are."""
        return self.conventions.rows.get(self.part(node).expression)

    def _class_of(self, node: ast.Call, given: Sequence[ast.expr]) -> Fragment:
        """The class numbers of one-hot rows."""
        inner = self.part(given[0])
        rows, known = inner.expression, {row: classes for classes, row in self.conventions.rows.items()}
        found = (
            rows if rows.kind == "index" else known.get(rows, rows.args[0] if rows.primitive.name == "onehot" else None)
        )
        axes = [whole_number(axis) for axis in [*given[1:], *(k.value for k in node.keywords if k.arg == "axis")]]
        plain = axes in ([-1], [rows.ndim - 1]) or (not axes and rows.ndim <= 1)
        if found is None or not plain or len(axes) < len(given) - 1 + len(node.keywords):
            raise self.refusal(node, "argmax is read of one-hot rows, along their last axis.")
        return Fragment(self.span(node), found)

    def check_filled(self) -> None:
        """Call each result a trouble that has something in it which was never set."""
        for name, cell in list(self.cells.items()):
            rest = self.unfilled.keys() & set(variables([cell.part.expression])) if cell.part is not None else ()
            for unknown in rest:
                trouble = self.refusal(self.unfilled[unknown], f"Not all of {name} is set.")
                self.cells[name] = ArrayCell(trouble=trouble)


def read_code(text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> Code:
    """What code defines; FormulaError, naming the place, if it is no code or too large."""
    source, tree = module_of(text, limits)
    reader = CodeReader(source, symbols, limits, conventions)
    check_meanings(reader, tree)
    reader.called = set(calls_of_own(tree))
    reader.without_arrays = is_without_arrays(tree)
    reader.used_classes = used_classes(tree)
    try:
        reader.block(tree.body)
    except RecursionError:
        raise source.error("The code is nested too deep.", 0, len(text)) from None
    reader.check_filled()
    classes, returns = tuple(reader.classes), name_returned(tree)
    names = tuple({name: None for used in (reader.used, *reader.used_inside.values()) for name in used})
    return Code(text, reader.cells, classes, reader.demands.besides, names, reader.final, returns)
