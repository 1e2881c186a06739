"""Arrays changed in place, all of them or where an index picks: `dW += lam * W`, `dh[h <= 0] = 0`, `x.mul_(2)`."""

from __future__ import annotations

import ast
from typing import TypeAlias

from chainruler.notation.cell_reader import UNREAD_CHANGE, CellReader
from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Symbols
from chainruler.notation.picked import How, kept
from chainruler.notation.places import changed
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.targets import changes_alone, changes_in_place, flat, key_of, name_of, targets_of
from chainruler.notation.views import changed_by_call, changed_in_place, name_called, suspects

OPERATORS = {ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b}
OPERATORS |= {ast.Div: lambda a, b: a / b, ast.Pow: lambda a, b: a**b, ast.MatMult: lambda a, b: a @ b}
IN_PLACE = {"add_": ast.Add, "sub_": ast.Sub, "mul_": ast.Mult, "div_": ast.Div, "pow_": ast.Pow}
AT = {"np.add.at": ast.Add, "numpy.add.at": ast.Add, "np.subtract.at": ast.Sub, "numpy.subtract.at": ast.Sub}
Operator: TypeAlias = "type[ast.operator] | None"
"""How an array is changed; None where it is set."""


class ChangeReader(CellReader):
    """Follows changes in place."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.adding: set[ast.Subscript] = set()
        """The places of np.add.at."""
        self.changing: dict[str, bool] = {}
        """The functions of the code, and whether they change anything in place."""

    def check_changes(self, node: ast.stmt | ast.expr) -> None:
        """Refuse changes in the midst of something else: only those that stand by themselves are followed."""
        alone = changes_alone(node, AT)
        heads = [getattr(node, "test", None), getattr(node, "iter", None)] if hasattr(node, "body") else [node]
        for part in (part for head in heads if head is not None for part in ast.walk(head)):
            if isinstance(part, ast.NamedExpr):
                raise self.refusal(part, ":= is not read: set names on lines of their own.")
            if isinstance(part, ast.ListComp | ast.GeneratorExp) and any(changed_in_place(part)):
                raise self.refusal(part, UNREAD_CHANGE.format(name="rows"))
            for array in changed_by_call(part) if isinstance(part, ast.Call) and part not in alone else ():
                if self.shared_by(array):
                    raise self.refusal(array, UNREAD_CHANGE.format(name=ast.unparse(array)))

    def spoiled(self, node: ast.stmt, error: FormulaError) -> bool:
        """Whether something is not known any more after a statement that cannot be read: what it sets or changes."""
        handed = [part for part in ast.walk(node) if isinstance(part, ast.Call) and name_called(part) in self.changing]
        operands = [operand for call in handed for operand in call.args]
        values = [node.value, *operands] if isinstance(node, ast.Assign) else []
        views = [other for value in values for other in self.shared_by(value)]
        changes = [operand for call in handed if self.changing[name_called(call)] for operand in call.args]
        changed = [array for array in [*suspects(node), *changes] if self.shared_by(array)]
        for array in changed:
            self.spoil(array, error)
        for name in targets_of(node):
            cell = ArrayCell(trouble=error, depth=self.depth)
            for other in views:
                cell.share(other, transposed=None)
            self.define(name, cell)
        return bool(changed)

    def _changed(self, target: ast.expr, value: ast.expr, op: Operator, node: ast.stmt | ast.expr) -> None:
        """An array changed in place, under all of its names: all of it, or what an index picks."""
        target = flat(target)
        keyed = isinstance(target, ast.Subscript) and not key_of(target)
        base = target.value if keyed and isinstance(target, ast.Subscript) else target
        cell = self.target(base)
        if op is not None and op not in OPERATORS:
            raise self.source.error("This operator is not read.", *self.span(node))
        how: How = OPERATORS[op] if op is not None else lambda _, new: new
        before, new = self.of(cell), self.quantity(self.part(spelled(value, self.knows)))
        if keyed and isinstance(target, ast.Subscript):
            keys, build = changed(self, target, before, how)
            cell.part = self.built(node, [before, new, *keys], build, picks=True)
        else:
            cell.part = self.built(node, [before, new], lambda e: kept(how(*e), e[0]))
        self.has_changed(base, cell)

    def _change_by(self, call: ast.Call, first: ast.Call) -> None:
        """What x.f_(…) does to x: it becomes x.f(…)."""
        assert isinstance(call.func, ast.Attribute)  # noqa: S101 (so they are found; told to the type checker)
        assert isinstance(first.func, ast.Attribute)  # noqa: S101 (as above)
        target, method = first.func.value, call.func.attr
        alpha = [k.value for k in call.keywords if k.arg == "alpha" and method in {"add_", "sub_"}]
        if method in IN_PLACE and len(call.args) == 1 and len(alpha) == len(call.keywords):
            factors = [*alpha, *call.args]
            value = factors[0] if not alpha else ast.copy_location(ast.BinOp(alpha[0], ast.Mult(), call.args[0]), call)
            return self._changed(target, value, IN_PLACE[method], call)
        if isinstance(target, ast.Subscript) and key_of(target) is None:
            raise self.refusal(
                call, f"A part of an array is changed by add_, sub_, mul_ and div_, and not by {method}."
            )
        function = ast.copy_location(ast.Attribute(target, method[:-1], ast.Load()), call)
        changed = ast.copy_location(ast.Call(function, call.args, call.keywords), call)
        return self._changed(target, changed, None, call)

    def _cell(self, value: ast.expr) -> ArrayCell:
        """The cell of a name, also of one that is changed in place here, or a new one of what a formula gives."""
        calls = changes_in_place(value)
        for call in calls:
            self._change_by(call, calls[0])
        return self.cell_of(value if not calls else calls[0].func.value)  # type: ignore[attr-defined]

    def target(self, base: ast.expr) -> ArrayCell:
        """The cell of what is changed in place."""
        cell = self.cells[name_of(base)] if name_of(base) in self.cells else self.cell_of(base)
        cell.first = cell.first or cell.part
        return cell
