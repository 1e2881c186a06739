"""Conditions in code: of what two branches leave one is chosen; what they add to a total counts under it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainruler.engine import reshape, where
from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.numpy_tree import truth
from chainruler.notation.own_lists import ObjectListReader
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled


@dataclass
class Guard:
    """A condition under which statements are run."""

    gate: Fragment
    depth: int
    """How many loops are open around it."""


@dataclass
class State:
    """What each name is at some point of the code."""

    names: Mapping[str, ArrayCell]
    values: Mapping[ArrayCell, tuple[Fragment | None, FormulaError | None]]


class BranchReader(ObjectListReader):
    """Reads statements with branches."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.guards: list[Guard] = []

    def block(self, body: Sequence[ast.stmt]) -> None:
        super().block(without_continue(body))

    def _do_if(self, node: ast.If) -> None:
        known = truth(node.test)
        if known is not None:
            return self.block(node.body if known else node.orelse)
        gate = self.part(spelled(node.test, self.knows))
        if any(side != 1 for side in gate.expression.shape):
            raise self.refusal(node.test, "A condition compares two numbers: of arrays use where.")
        gate = self.built(node.test, [gate], lambda e: e[0] if not e[0].shape else reshape(e[0], ()))
        before = self._state()
        self._guarded(gate, node.body)
        one = self._state()
        self._back_to(before)
        self._guarded(self.built(node.test, [gate], lambda e: 1 - e[0]), node.orelse)
        return self._choose(node.test, gate, one, self._state())

    def _guarded(self, gate: Fragment, body: Sequence[ast.stmt]) -> None:
        self.guards.append(Guard(gate, self.depth))
        self.block(body)
        self.guards.pop()

    def _state(self) -> State:
        cells = self.cells.values()
        return State(dict(self.cells), {cell: (cell.part, cell.trouble) for cell in cells})

    def _back_to(self, state: State) -> None:
        """Undo what a branch did, but for what it added to totals of loops around it, which count under its gate."""
        for cell, (part, trouble) in state.values.items():
            if cell.depth >= self.depth:
                cell.part, cell.trouble = part, trouble
        self.released = {name: cell for name, cell in self.released.items() if name in state.names}
        self.restore(state.names)

    def _choose(self, node: ast.expr, gate: Fragment, one: State, other: State) -> None:
        """Of what each name is after one branch and after the other, what the gate says."""
        names: dict[str, ArrayCell] = {}
        chosen: dict[tuple[ArrayCell | None, ArrayCell | None], ArrayCell] = {}
        for name in [*one.names, *(name for name in other.names if name not in one.names)]:
            pair = one.names.get(name), other.names.get(name)
            if pair not in chosen:
                chosen[pair] = self._chosen(node, gate, name, pair, one, other)
            names[name] = chosen[pair]
        self.restore(names)

    def _chosen(
        self,
        node: ast.expr,
        gate: Fragment,
        name: str,
        pair: tuple[ArrayCell | None, ArrayCell | None],
        one: State,
        other: State,
    ) -> ArrayCell:
        first, second = pair
        if first is None or second is None:
            trouble = self.refusal(node, f"{name} is set in one case only: set it before the condition.")
            return ArrayCell(trouble=trouble, depth=self.depth)
        (a, a_trouble), (b, b_trouble) = one.values[first], other.values[second]
        if first is second and (a is b or first.depth < self.depth):
            return first
        cell = first if first is second else ArrayCell(depth=self.depth)
        cell.share(first, transposed=None)
        cell.share(second, transposed=None)
        cell.part, cell.trouble = None, a_trouble if b_trouble is None else b_trouble
        if a is not None and b is not None:
            if "index" in {a.expression.kind, b.expression.kind}:
                cell.trouble = self.refusal(node, f"{name} picks one entry or another here, which is not read.")
                return cell
            try:
                cell.part = self.built(node, [gate, a, b], lambda e: where(*e))
            except FormulaError as error:
                cell.trouble = error
        return cell


def without_continue(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Statements with what follows a condition that ends in `continue` put under its other case."""
    for place, statement in enumerate(body):
        if isinstance(statement, ast.Continue):
            return list(body[:place])
        rest = list(body[place + 1 :])
        if isinstance(statement, ast.If) and (_leaves(statement.body) or _leaves(statement.orelse)):
            on = statement.body if _leaves(statement.body) else [*statement.body, *rest]
            off = statement.orelse if _leaves(statement.orelse) else [*statement.orelse, *rest]
            return [*body[:place], ast.copy_location(ast.If(statement.test, on, off), statement)]
    return list(body)


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(statement, ast.Continue) for statement in body)
