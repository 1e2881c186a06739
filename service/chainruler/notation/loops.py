"""Loops of code: over samples they are sums, or rows below each other; over a few known numbers they are unrolled."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from chainruler import engine
from chainruler.engine import Dim, Expression
from chainruler.notation.cells import ArrayCell
from chainruler.notation.changes import OPERATORS, Operator
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.index import base_of, indexed
from chainruler.notation.letters import Index, Scope
from chainruler.notation.loop_changes import LoopPlace
from chainruler.notation.numpy_tree import Counted, copied, is_whole, whole_number
from chainruler.notation.own_procedures import ProcedureReader
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.targets import added_to, flat, key_of, keys_of, name_of

RUNNING = "Inside of the loop only a part of this is summed: use it after the loop."
SUMMED = "Inside of a loop, += and -= are read, and rows that are set."
FEW = 32
"""Up to this number of passes a loop over known numbers is unrolled."""


Row: TypeAlias = tuple[str, Fragment, Iterable[ArrayCell]]
"""The name of a row, the array that it is of, and the arrays whose memory it shares."""


class LoopReader(ProcedureReader):
    """A reader of statements that knows loops and conditions in them."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.scope = Scope()
        self.loops: list[Index] = []
        self.letters: dict[str, Index] = {}
        self.partial: set[ArrayCell] = set()
        """What a loop that is open is summing up."""
        self.touched: set[ArrayCell] = set()
        """What was used inside of the loops that are open."""

    @property
    def depth(self) -> int:
        return len(self.loops)

    # Loops

    def _do_for(self, node: ast.For) -> None:
        objects = self.objects_in(node.iter)
        if objects is not None:
            return self.one_by_one(node, objects)
        source = spelled(node.iter, self.knows)
        if isinstance(source, ast.Call) and isinstance(source.func, ast.Name):
            name, given = source.func.id, source.args
            if name in {"range", "arange"} and isinstance(node.target, ast.Name):
                return self._counted(node, node.target.id, given)
            if name == "reversed" and len(given) == 1:
                return self._do_for(ast.copy_location(ast.For(node.target, given[0], node.body, []), node))
            if name == "zip" and isinstance(node.target, ast.Tuple):
                return self._over(node, list(zip(node.target.elts, given, strict=False)), None)
            if name == "enumerate" and isinstance(node.target, ast.Tuple) and len(node.target.elts) == 2:
                if len(given) != 1 or source.keywords:
                    raise self.refusal(node.iter, "enumerate counts from 0 here: nothing else is read in it.")
                counter, rows = node.target.elts
                return self._over(node, [(rows, given[0])], name_of(counter))
        return self._over(node, [(node.target, source)], None)

    def _counted(self, node: ast.For, letter: str, given: Sequence[ast.expr]) -> None:
        """For i in range(N), or from a whole number to another."""
        numbers = [whole_number(argument) for argument in given]
        if len(given) == 1:
            dim = self.dim(given[0])
            dim = self._named(letter, dim, node) if isinstance(dim, int) else dim
            if isinstance(dim, str) or dim > FEW:
                return self._summed(node, letter, dim, [])
            numbers = [dim]
        if None in numbers or not numbers:
            raise self.refusal(
                node.iter, "A loop runs over range(N), over the rows of an array, or over whole numbers."
            )
        return self._unrolled(node, letter, range(*(number for number in numbers if number is not None)))

    def _named(self, letter: str, number: int, node: ast.For) -> Dim:
        """The size that a written number is, where the letter goes along an axis of that size: 5 for N samples."""
        for place in ast.walk(node):
            keys = keys_of(place) if isinstance(place, ast.Subscript) else []
            array = self.symbols.get(name_of(place.value)) if isinstance(place, ast.Subscript) else None
            for key, dim in zip(keys, getattr(array, "shape", ()), strict=False):
                if isinstance(key, ast.Name) and key.id == letter and self.limits.sizes.get(str(dim)) == number:
                    return str(dim)
        return number

    def _unrolled(self, node: ast.For, letter: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.passes += 1
            if self.passes > self.limits.passes:
                raise self.refusal(node.iter, f"More than {self.limits.passes} passes through loops are not read.")
            self.block([Counted({letter: number}).visit(copied(statement)) for statement in node.body])

    def _over(self, node: ast.For, pairs: Sequence[tuple[ast.expr, ast.expr]], counter: str | None) -> None:
        """For x in X: each name is one row of an array."""
        arrays = [self._with_rows(self.part(rows)) for _, rows in pairs]
        if not arrays or any(not array.expression.shape for array in arrays):
            raise self.refusal(node.iter, "This has no rows to go through.")
        letter = counter or f"#{len(self.loops)}"
        rows: list[Row] = [
            (name_of(target), array, self.shared_by(of)) for (target, of), array in zip(pairs, arrays, strict=True)
        ]
        self._summed(node, letter, arrays[0].expression.shape[0], rows)

    def _with_rows(self, array: Fragment) -> Fragment:
        """What is gone through: of the class number of the one sample there is, its one-hot vector."""
        return array if array.expression.shape or array.expression.kind != "index" else self.quantity(array)

    def _summed(self, node: ast.For, letter: str, dim: Dim, rows: Sequence[Row]) -> None:
        """Go through the body once, for any one of the samples."""
        index, before = Index(letter, dim), dict(self.letters)
        self.loops.append(index)
        self.scope.open.append(index)
        self.letters[letter] = index
        for name, array, shared in rows:
            row = self.built(node.iter, [array], lambda e, n=name: self.scope.element(e[0], [index], n), picks=True)  # type: ignore[misc]
            cell = ArrayCell(row, depth=len(self.loops))
            for other in shared:
                cell.share(other, transposed=None)
            self.define(name, cell)
        self.block(node.body)
        self.scope.open.pop()
        self.loops.pop()
        self.letters = before
        self.demands.replace(lambda piece: self.scope.spread([index], piece))
        self.partial = {cell for cell in self.partial if cell.depth < len(self.loops)}
        self.touched = self.touched if self.loops else set()
        for name, cell in self.cells.items():
            if cell.part is not None and cell.depth > self.depth:
                trouble = self.source.error(f"{name} is known inside of the loop only.", *self.span(node.iter))
                self.own.pop(name, None)
                self.cells[name] = ArrayCell(trouble=trouble, depth=self.depth)
                self.cells[name].share(cell, transposed=None)

    # Changes

    def _do_assign(self, node: ast.Assign) -> None:
        """Inside of a loop, `total = total + x` adds, as `total += x` does."""
        target = node.targets[0]
        added = added_to(target, node.value) if self.loops else None
        if added is not None and self.target(target).depth < self.depth:
            self._alone(target)
            self._changed(target, added, ast.Add, node)
        else:
            super()._do_assign(node)

    def _alone(self, target: ast.expr) -> None:
        """Give an array of this name a memory of its own, as it has that is set anew in each pass."""
        cell = self.target(target)
        if cell in self.partial or not name_of(target):
            return
        alone = ArrayCell(cell.part, cell.trouble, cell.depth)
        self.touched |= {alone} if cell in self.touched else set()
        self.define(name_of(target), alone)

    def of(self, cell: ArrayCell) -> Fragment:
        if cell in self.partial:
            raise FormulaError(RUNNING, self.source.text, (0, 1))
        return super().of(cell)

    def _changed(self, target: ast.expr, value: ast.expr, op: Operator, node: ast.stmt | ast.expr) -> None:
        target = flat(target)
        base = target.value if isinstance(target, ast.Subscript) and key_of(target) is None else target
        cell = self.target(base)
        if cell.depth == self.depth:
            return super()._changed(target, value, op, node)
        part = cell.part or self.of(cell)
        new = self.quantity(self.part(spelled(value, self.knows)))
        keys = [] if base is target else self._keys(target)
        change = LoopPlace.at(self, self.scope, target, keys, part.expression.shape, self.loops[cell.depth :])
        used = not self.touched.isdisjoint(cell.memory)
        if change.summed and (op not in {ast.Add, ast.Sub} or used):
            message = RUNNING if used else "Inside of a loop, += and -= are read, and rows that are set."
            raise self.source.error(message, *self.span(node))
        gates = [guard.gate for guard in self.guards if guard.depth > cell.depth]
        build = change.adding(OPERATORS[op], len(gates)) if op in {ast.Add, ast.Sub} else change.setting(op, len(gates))
        cell.part = self.built(node, [part, new, *gates, *change.indices], build, picks=True)
        if change.summed:
            self.partial.update(cell.memory)
        return self.has_changed(base, cell)

    def _keys(self, target: ast.expr) -> list[Index | ast.expr]:
        """The keys of an index, letters of loops as what they run over."""
        assert isinstance(target, ast.Subscript)  # noqa: S101 (the caller saw to it; told to the type checker)
        return [self.letters.get(key.id, key) if isinstance(key, ast.Name) else key for key in keys_of(target)]

    # Expressions

    def quantity(self, part: Fragment) -> Fragment:
        """The part itself, or the one-hot row of the class number of a sample."""
        element = self.scope.elements.get(part.expression)
        if element is None or part.expression.kind != "index" or self.conventions.calculates:
            return super().quantity(part)
        row = self.scope.rows(part.expression, self.conventions.rows, "Y")
        if row is None:
            return super().quantity(part)
        self.classes[element.source] = None
        return Fragment(part.span, row)

    def _used(self, node: ast.expr, name: str) -> Fragment | None:
        if self.loops and name in self.cells:
            self.touched.add(self.cells[name])
        return super()._used(node, name)

    def _name(self, node: ast.Name) -> Fragment:
        if node.id in self.letters:
            raise self.refusal(node, f"{node.id} is the number of a sample here: it stands in an index only.")
        return super()._name(node)

    def _subscript(self, node: ast.Subscript) -> Fragment:
        keys = self._keys(node)
        if not any(isinstance(key, Index) or self._is_one(key) for key in keys) or key_of(node) is not None:
            return super()._subscript(node)
        base = base_of(self, node, keys)
        indices = [key if isinstance(key, Index) else self._is_one(key) for key in keys]
        found = self.built(node, [base], lambda e: self.scope.element(e[0], indices, name_of(node.value)), picks=True)
        kept = [key for key in keys if isinstance(key, ast.expr)]
        ones = [axis for axis, key in enumerate(kept) if self._is_one(key)]
        if ones:
            found = self.built(node, [found], lambda e: _with_ones(e[0], ones), picks=True)
        rest = [ast.Slice() if axis in ones else key for axis, key in enumerate(kept)]
        if all(map(is_whole, rest)):
            return found
        parts, how = indexed(self, node, found, rest)
        return self.built(node, [found, *parts], how, picks=True)

    def _is_one(self, key: Index | ast.expr) -> Index | None:
        """The letter of i:i+1, which leaves a row with both of its axes."""
        if isinstance(key, ast.Slice) and isinstance(key.lower, ast.Name) and key.upper is not None:
            one = ast.unparse(key.upper) in {f"{key.lower.id} + 1", f"1 + {key.lower.id}"}
            return self.letters.get(key.lower.id) if one else None
        return None


def _with_ones(expression: Expression, axes: Sequence[int]) -> Expression:
    """The array with an axis of one entry at each of these places."""
    shape = list(expression.shape)
    for axis in axes:
        shape.insert(axis, 1)
    return engine.reshape(expression, tuple(shape))
