"""Loops of code: over samples they are sums, or rows below each other; over a few known numbers they are unrolled."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile

from chainruler import engine
from chainruler.engine import Dim, Expression, ExpressionError, Shape, broadcast_to, outer
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.index import indexed, is_whole
from chainruler.notation.letters import Index, Scope
from chainruler.notation.numpy_tree import Counted, truth, whole_number
from chainruler.notation.own_functions import FunctionReader
from chainruler.notation.places import changed
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.statements import OPERATORS, ArrayCell, How, Operator, kept
from chainruler.notation.targets import key_of, name_of

RUNNING = "Inside of the loop only a part of this is summed: use it after the loop."
FEW = 32
"""Up to this number of passes a loop over known numbers is unrolled."""


@dataclass
class Guard:
    """A condition under which statements are run."""

    gate: Fragment
    depth: int
    """How many loops are open around it."""


class LoopReader(FunctionReader):
    """A reader of statements that knows loops and conditions in them."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.scope = Scope()
        self.loops: list[Index] = []
        self.letters: dict[str, Index] = {}
        self.guards: list[Guard] = []
        self.partial: set[ArrayCell] = set()
        """What a loop that is open is summing up."""
        self.touched: set[ArrayCell] = set()
        """What was used inside of the loops that are open."""

    # Loops

    def _do_for(self, node: ast.For) -> None:
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
            if isinstance(dim, str) or dim > FEW:
                return self._summed(node, letter, dim, [])
            numbers = [dim]
        if None in numbers or not numbers:
            raise self.refusal(
                node.iter, "A loop runs over range(N), over the rows of an array, or over whole numbers."
            )
        return self._unrolled(node, letter, range(*(number for number in numbers if number is not None)))

    def _unrolled(self, node: ast.For, letter: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.passes += 1
            if self.passes > self.limits.passes:
                raise self.refusal(node.iter, f"More than {self.limits.passes} passes through loops are not read.")
            self._body([Counted({letter: number}).visit(deepcopy(statement)) for statement in node.body])

    def _over(self, node: ast.For, pairs: Sequence[tuple[ast.expr, ast.expr]], counter: str | None) -> None:
        """For x in X: each name is one row of an array."""
        arrays = [self.part(rows) for _, rows in pairs]
        if not arrays or any(not array.expression.shape for array in arrays):
            raise self.refusal(node.iter, "This has no rows to go through.")
        letter = counter or f"#{len(self.loops)}"
        rows = [(name_of(target), array) for (target, _), array in zip(pairs, arrays, strict=True)]
        self._summed(node, letter, arrays[0].expression.shape[0], rows)

    def _summed(self, node: ast.For, letter: str, dim: Dim, rows: Sequence[tuple[str, Fragment]]) -> None:
        """Go through the body once, for any one of the samples."""
        index, before = Index(letter, dim), dict(self.letters)
        self.loops.append(index)
        self.scope.open.append(index)
        self.letters[letter] = index
        for name, array in rows:
            row = self.built(node.iter, [array], lambda e, n=name: self.scope.element(e[0], [index], n), picks=True)  # type: ignore[misc]
            self.define(name, ArrayCell(row, depth=len(self.loops)))
        self._body(node.body)
        self.scope.open.pop()
        self.loops.pop()
        self.letters = before
        self.demands.replace(lambda piece: self.scope.spread([index], piece))
        self.partial = {cell for cell in self.partial if cell.depth < len(self.loops)}
        self.touched = self.touched if self.loops else set()
        for name, cell in list(self.cells.items()):
            if cell.part is not None and cell.depth > len(self.loops):
                trouble = self.source.error(f"{name} is known inside of the loop only.", *self.span(node.iter))
                self.define(name, ArrayCell(trouble=trouble))

    def _body(self, body: Sequence[ast.stmt]) -> None:
        """One pass, after which no condition holds any more that `continue` has left."""
        kept = len(self.guards)
        self.block(body)
        del self.guards[kept:]

    # Conditions

    def _do_if(self, node: ast.If) -> None:
        known = truth(node.test)
        if known is not None:
            return self.block(node.body if known else node.orelse)
        if not self.loops:
            raise self.refusal(node.test, "Conditions are read inside of loops over samples only: else use where.")
        gate = self.part(spelled(node.test, self.knows))
        if gate.expression.shape:
            raise self.refusal(node.test, "A condition compares two numbers.")
        other = self.built(node.test, [gate], lambda e: 1 - e[0])
        body = list(takewhile(lambda statement: not isinstance(statement, ast.Continue), node.body))
        self._guarded(gate, body)
        self._guarded(other, node.orelse)
        if len(body) < len(node.body):
            self.guards.append(Guard(other, len(self.loops)))
        return None

    def _guarded(self, gate: Fragment, body: Sequence[ast.stmt]) -> None:
        self.guards.append(Guard(gate, len(self.loops)))
        self._body(body)
        self.guards.pop()

    # Changes

    def _do_assign(self, node: ast.Assign) -> None:
        """Inside of a loop, `total = total + x` adds, as `total += x` does."""
        value, target = node.value, node.targets[0]
        if (
            self.loops
            and isinstance(value, ast.BinOp)
            and isinstance(value.op, ast.Add | ast.Sub)
            and name_of(value.left) == name_of(target) != ""
        ):
            self._changed(target, value.right, type(value.op), node)
        else:
            super()._do_assign(node)

    def _cell(self, value: ast.expr) -> ArrayCell:
        cell = super()._cell(value)
        if cell not in self.cells.values():
            cell.depth = len(self.loops)
        return cell

    def _of(self, cell: ArrayCell) -> Fragment:
        if cell in self.partial:
            raise FormulaError(RUNNING, self.source.text, (0, 1))
        return super()._of(cell)

    def _changed(self, target: ast.expr, value: ast.expr, op: Operator, node: ast.stmt | ast.expr) -> None:
        base = target.value if isinstance(target, ast.Subscript) and key_of(target) is None else target
        cell = self._cell(base)
        if cell.depth == len(self.loops):
            return super()._changed(target, value, op, node)
        part = cell.part or self._of(cell)
        new = self.quantity(self.part(spelled(value, self.knows)))
        for guard in self.guards:
            if guard.depth > cell.depth:
                new = self.built(node, [new, guard.gate], lambda e: e[0] * e[1])  # type: ignore[arg-type]
                op = op or self._refuse_choice(node)
        keys = [] if base is target else self._keys(target)
        loops = self.loops[cell.depth :]
        letters = [key for key in takewhile(lambda key: isinstance(key, Index), keys) if isinstance(key, Index)]
        rest = [key for key in keys[len(letters) :] if not (isinstance(key, ast.expr) and is_whole(key))]
        if op not in {ast.Add, ast.Sub} and (op is not None or rest or set(loops) != set(letters)):
            raise self.source.error("Inside of a loop, += and -= are read, and rows that are set.", *self.span(node))
        place = next((place for place, key in enumerate(keys[len(letters) :]) if key in rest), 0)
        placed, picks = self._placed(target, new, rest, part.expression.shape[len(letters) :], place, node)
        summed = [index for index in loops if index not in letters]
        if summed and cell in self.touched:
            raise self.source.error(RUNNING, *self.span(node))
        how: How = OPERATORS[op] if op is not None else lambda _, rows: rows

        def build(e: Sequence[Expression]) -> Expression:
            rows = self._closed(e[1], summed, letters, e[0])
            return kept(how(e[0], rows), e[0])

        cell.part = self.built(node, [part, placed], build, picks=picks)  # type: ignore[arg-type]
        if summed:
            self.partial.add(cell)
        self.define(name_of(base), cell)
        return None

    def _refuse_choice(self, node: ast.stmt | ast.expr) -> type[ast.operator]:
        raise self.source.error("What is set under a condition is not read: add under it.", *self.span(node))

    def _keys(self, target: ast.expr) -> list[Index | ast.expr]:
        """The keys of an index, letters of loops as what they run over."""
        assert isinstance(target, ast.Subscript)  # noqa: S101 (the caller saw to it; told to the type checker)
        keys = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        return [self.letters.get(key.id, key) if isinstance(key, ast.Name) else key for key in keys]

    def _placed(
        self,
        target: ast.expr,
        new: Fragment,
        rest: Sequence[Index | ast.expr],
        row: Shape,
        place: int,
        node: ast.stmt | ast.expr,
    ) -> tuple[Fragment, bool]:
        """What is added, put where it belongs in the array, or in the row that the letters leave."""
        if not rest:
            return new, False
        if len(rest) > 1 or isinstance(rest[0], Index):
            raise self.source.error("This place in an array is not read.", *self.span(node))
        key = spelled(rest[0], self.knows)
        number = whole_number(key)
        if number is None:
            picked = self.part(key)

            def at(e: Sequence[Expression]) -> Expression:
                width = row[place]
                if e[1].kind != "index" or e[1].shape or not isinstance(width, int):
                    raise ExpressionError("This place in an array is not read.")
                chosen = engine.onehot(e[1], width)
                if len(row) == 1:
                    return e[0] * chosen
                return outer(e[0], chosen) if place else outer(chosen, e[0])

            return self.built(node, [new, picked], at, picks=True), True  # type: ignore[arg-type]
        zeros = Fragment(self.span(node), broadcast_to(0, row))
        assert isinstance(target, ast.Subscript)  # noqa: S101 (there are keys; told to the type checker)
        _, build = changed(self, target, zeros, lambda a, b: a + b)
        return self.built(node, [zeros, new], build), False  # type: ignore[arg-type]

    def _closed(
        self, body: Expression, summed: Sequence[Index], letters: Sequence[Index], array: Expression
    ) -> Expression:
        """The sum over some loops, and the rows of the others one below the other."""
        for index in reversed(summed):
            body = self.scope.closed([index], body) if self.scope.depends(body, index) else body * index.count
        if not letters:
            return body
        if not all(self.scope.depends(body, index) for index in letters):
            return broadcast_to(body, array.shape)
        return self.scope.spread(letters, body)

    # Expressions

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
        base = self.part(node.value)
        indices = [key if isinstance(key, Index) else self._is_one(key) for key in keys]
        found = self.built(node, [base], lambda e: self.scope.element(e[0], indices, name_of(node.value)), picks=True)
        if any(self._is_one(key) for key in keys):
            return self.built(node, [found], lambda e: engine.reshape(e[0], (1, *e[0].shape)), picks=True)
        rest = [key for key in keys if isinstance(key, ast.expr)]
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
