"""Attributes that code sets on arrays, as `W1.g`, and functions that do nothing else: `lin_grad(inp, out, w, b)`.

An attribute is kept at its array, so that it is found by every name that the array has: inside of a function by that of
an operand, and outside by the name of what the call was given.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from chainruler.notation.cells import ArrayCell
from chainruler.notation.conditions import BranchReader
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.own_functions import OwnFunction
from chainruler.notation.several import Given
from chainruler.notation.source import Source
from chainruler.notation.spellings import is_module
from chainruler.notation.targets import name_of
from chainruler.notation.views import changed_in_place

UNFOLLOWED = "This is set in a loop or under a condition, and not known here: set it outside of them."


class ProcedureReader(BranchReader):
    """A reader of statements that knows attributes of arrays, and functions which set them and give nothing."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.procedures: dict[str, OwnFunction] = {}
        self.giving_several: dict[str, OwnFunction] = {}
        """Functions that give several arrays, which are read as part of the work too."""
        self.used_inside: dict[str, dict[str, None]] = {}
        """The names that such a function uses, as long as nothing follows from its operands."""
        self.attributed: set[str] = set()
        """The attributes that are set on any array."""
        self.operands: set[str] = set()
        """The operands of the function that is gone through, which are no names of courses."""

    # Statements

    def statement(self, node: ast.stmt) -> None:
        super().statement(node)
        self._keep_at_arrays(node)

    def spoiled(self, node: ast.stmt, error: FormulaError) -> bool:
        found = super().spoiled(node, error)
        self._keep_at_arrays(node)
        return found

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        self.procedures.pop(node.name, None)
        self.giving_several.pop(node.name, None)
        last = node.body[-1]
        if node.name in self.called and isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple):
            self.giving_several[node.name] = self.with_defaults(node.name, OwnFunction.of(node))
            outside, self.used = self.used, {}
            super()._do_functiondef(node)
            self.used_inside[node.name], self.used = self.used, outside
            return
        if node.name not in self.called or not self._is_procedure(node):
            super()._do_functiondef(node)
            return
        self.formulas.pop(node.name, None)
        self.functions.discard(node.name)
        self.changing[node.name] = any(changed_in_place(node))
        own = OwnFunction.of(node)
        ends = isinstance(own.body[-1], ast.Return)
        self.procedures[node.name] = OwnFunction(own.operands, own.defaults, own.body[:-1] if ends else own.body)

    def _is_procedure(self, node: ast.FunctionDef) -> bool:
        """Whether a function gives nothing, and sets attributes of its operands or has another do so."""
        operands = {operand.arg for operand in node.args.args} - {"self"}
        sets = False
        for part in ast.walk(node):
            if isinstance(part, ast.Return) and part.value is not None:
                return False
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                sets |= name_of(part.value) in operands
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
                sets |= name_of(part.value.func) in self.procedures
        return sets

    def knows(self, name: str) -> bool:
        """Whether the code or the problem gives this name a meaning."""
        return name in self.procedures or super().knows(name)

    # Calls

    def given_by(self, node: ast.expr) -> Given | None:
        """What a call gives: nothing, where the function sets attributes."""
        name = name_of(node.func) if isinstance(node, ast.Call) else ""
        several = isinstance(node, ast.Call) and any(
            isinstance(value, ast.Tuple) or name_of(value) in self.tuples for value in node.args
        )
        functions = self.formulas if several and name in self.formulas else self.giving_several
        if isinstance(node, ast.Call) and name in functions:
            return self._given_otherwise(node, name, functions)
        if not isinstance(node, ast.Call) or name not in self.procedures:
            return super().given_by(node)
        own = self.procedures.pop(name)  # which may not call itself
        try:
            return self.followed(node, name, own)
        finally:
            self.procedures[name] = own

    def _given_otherwise(self, node: ast.Call, name: str, functions: dict[str, OwnFunction]) -> Given | None:
        """What a function gives for operands that are called otherwise than inside of it; None if it is not known."""
        own = functions[name]
        if [name_of(value) for value in node.args] == list(own.operands):
            return super().given_by(node)
        del functions[name]  # which may not call itself
        try:
            given = self.followed(node, name, own)
        except FormulaError:
            return super().given_by(node)
        finally:
            functions[name] = own
        self.used_inside.pop(name, None)
        return given

    def applied(self, node: ast.Call, name: str, own: OwnFunction) -> tuple[Fragment, Mapping[str, Fragment]]:
        """What a function of one's own gives in a call, and what its operands are there."""
        found = super().applied(node, name, own)
        self._name_attributes()
        return found

    def _inside(self, operands: Mapping[str, Given], lines: Sequence[ast.stmt], result: ast.expr | None) -> Given:
        outside, self.operands = self.operands, set(operands)
        try:
            return super()._inside(operands, lines, result)
        finally:
            self.operands = outside
            self._name_attributes()

    def _handed(self, value: ast.expr) -> ArrayCell:
        given = self.given_by(value) if isinstance(value, ast.Call) else None
        held = given if isinstance(given, ArrayCell) else self._held(value)
        cell = super()._handed(value) if given is None else ArrayCell(self._one(value, given), depth=self.depth)
        if held is not None:
            cell.share(held, transposed=None)
            cell.attributes = held.attributes
        return cell

    def lasting(self) -> dict[str, ArrayCell]:
        """The attributes of objects; those of arrays last with their arrays, whatever these are called outside."""
        arrays = self.cells.keys() | self.lent.keys() if self.attributed else ()
        return {
            name: cell
            for name, cell in super().lasting().items()
            if name.rpartition(".")[2] not in self.attributed or name.rpartition(".")[0] not in arrays
        }

    # Attributes

    def _keep_at_arrays(self, node: ast.stmt) -> None:
        """Keep the attributes that a statement sets at their arrays."""
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for part in ast.walk(target):
                cell = self.cells.get(name_of(part)) if isinstance(part, ast.Attribute) else None
                owner = self._owner(part) if isinstance(part, ast.Attribute) and cell is not None else None
                if owner is None or cell is None or not isinstance(part, ast.Attribute):
                    continue
                self.attributed.add(part.attr)
                unknown = ArrayCell(trouble=self.refusal(part, UNFOLLOWED))
                owner.attributes[part.attr] = unknown if self.guards or cell.depth else cell

    def _owner(self, node: ast.Attribute) -> ArrayCell | None:
        """The array whose attribute this is; None where it is that of an object, or of nothing known."""
        return None if is_module(node.value) else self._held(node.value)

    def _held(self, node: ast.expr) -> ArrayCell | None:
        if isinstance(node, ast.Attribute) and node.attr in self.attributed:
            owner = self._owner(node)
            if owner is not None:
                kept = owner.attributes.get(node.attr)
                return kept if kept is not None and (kept.part is None or kept.part.expression.shape) else None
        return super()._held(node)

    def _name_attributes(self) -> None:
        """Give what arrays have as attributes the names that it has by those of the arrays."""
        for name, cell in [*self.lent.items(), *self.cells.items()] if self.attributed else ():
            for attribute, kept in cell.attributes.items():
                if self.cells.get(f"{name}.{attribute}") is not kept:
                    self.define(f"{name}.{attribute}", kept)

    def _attribute(self, node: ast.Attribute) -> Fragment:
        owner = self._owner(node) if node.attr in self.attributed else None
        kept = None if owner is None else owner.attributes.get(node.attr)
        if kept is None and owner is not None and self._is_of_another(node):
            raise self.refusal(node, f"{name_of(node)} is not set here.")
        if kept is None:
            return super()._attribute(node)
        inner = self.of(kept)
        return Fragment(self.span(node), inner.expression, (inner,), lambda e: e[0])

    def _is_of_another(self, node: ast.Attribute) -> bool:
        """Whether what is called so is an attribute of another array that has, or had, the name of this one."""
        return name_of(node.value) in self.operands or name_of(node) in self.cells
