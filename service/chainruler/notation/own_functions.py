"""Functions that code defines for itself, such as `def sigmoid_prime(z): …`: a call is what the formula gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.numpy_tree import Counted, Name, copied
from chainruler.notation.source import Source
from chainruler.notation.spellings import is_own_module, spelled
from chainruler.notation.statements import StatementReader
from chainruler.notation.targets import targets_of
from chainruler.notation.views import changed_in_place, name_called


@dataclass(frozen=True)
class OwnFunction:
    """A function that gives a formula of its operands."""

    operands: Sequence[str]
    defaults: Mapping[str, ast.expr]
    body: Sequence[ast.stmt]

    @staticmethod
    def of(node: ast.FunctionDef | ast.Lambda) -> OwnFunction:
        """The function that is defined."""
        names = [operand.arg for operand in node.args.args if operand.arg != "self"]
        defaults = node.args.defaults
        body = [ast.copy_location(ast.Return(node.body), node)] if isinstance(node, ast.Lambda) else node.body
        return OwnFunction(names, dict(zip(names[len(names) - len(defaults) :], defaults, strict=True)), body)

    @property
    def gives_formula(self) -> bool:
        """Whether it has nothing in it but assignments and choices, and gives one thing that has no name."""
        last = self.body[-1] if self.body else None
        value = last.value if isinstance(last, ast.Return) else None
        kinds = ast.Assign | ast.AugAssign | ast.If | ast.Return | ast.Expr
        simple = all(isinstance(line, kinds) for line in self.body)
        return simple and value is not None and not isinstance(value, ast.Tuple | ast.Dict | ast.List)

    def bound(self, call: ast.Call) -> dict[str, ast.expr] | None:
        """What each operand is in a call; None if they do not fit."""
        given = dict(zip(self.operands, call.args, strict=False)) | {k.arg or "": k.value for k in call.keywords}
        found = {**self.defaults, **given}
        fits = len(call.args) <= len(self.operands) and set(found) == set(self.operands)
        return found if fits else None

    def steps(self, given: Mapping[str, ast.expr]) -> tuple[list[ast.stmt], ast.expr | None]:
        """The assignments on the way, and what it gives, if flags that are given make its choices."""
        known = {name: value.value for name, value in given.items() if isinstance(value, ast.Constant)}
        lines: list[ast.stmt] = []
        waiting = list(self.body)
        while waiting:
            line = waiting.pop(0)
            if isinstance(line, ast.If):
                chosen = _truth(line.test, known)
                if chosen is None and has_return([line]):
                    return lines, None
                if chosen is None:
                    lines.append(line)
                    continue
                waiting = [*(line.body if chosen else line.orelse), *waiting]
            elif isinstance(line, ast.Return):
                return [copied(one) for one in lines], None if line.value is None else copied(line.value)
            else:
                lines.append(line)
        return lines, None


def _truth(test: ast.expr, known: Mapping[str, object]) -> bool | None:
    """Whether a condition on a flag holds; None if that is not known."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _truth(test.operand, known)
        return None if inner is None else not inner
    if isinstance(test, ast.Compare) and isinstance(test.comparators[0], ast.Constant) and len(test.ops) == 1:
        same = isinstance(test.ops[0], ast.Eq | ast.Is)
        name = test.left.id if isinstance(test.left, ast.Name) else ""
        return (known[name] == test.comparators[0].value) == same if name in known else None
    return bool(known[test.id]) if isinstance(test, ast.Name) and test.id in known else None


def has_return(body: Sequence[ast.stmt]) -> bool:
    """Whether some of these statements returns."""
    return any(isinstance(part, ast.Return) for line in body for part in ast.walk(line))


def calls_of_own(tree: ast.AST) -> Iterator[str]:
    """The names of functions that are called by themselves or as methods of `self`, or differentiated."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_called(node) in {"grad", "value_and_grad"}:
            yield from (one.id for one in node.args[:1] if isinstance(one, ast.Name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Attribute) and is_own_module(node.value):
            yield node.attr


def name_returned(tree: ast.Module) -> str:
    """The name that the last function returns, where code is nothing but functions; nothing for any other code."""
    lines = [line for line in tree.body if not isinstance(line, ast.Import | ast.ImportFrom)]
    if not lines or not all(isinstance(line, ast.FunctionDef) for line in lines):
        return ""
    last = lines[-1].body[-1]  # type: ignore[attr-defined]
    return last.value.id if isinstance(last, ast.Return) and isinstance(last.value, ast.Name) else ""


def _as_piece(part: Fragment) -> Fragment:
    """The same as a piece of its own, which an operand is even where it is a symbol."""
    return Fragment(part.span, part.expression, (part,), lambda e: e[0])


class FunctionReader(StatementReader):
    """A reader of statements that knows functions which code defines for itself."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.formulas: dict[str, OwnFunction] = {}
        """Functions that give a formula."""
        self.called: set[str] = set()
        """The functions that are called anywhere, by their names."""

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        """A function that gives a formula means it where it is called; any other is the work itself."""
        own = OwnFunction.of(node)
        self.changing[node.name] = any(changed_in_place(node))
        self.formulas.pop(node.name, None)
        self.functions.discard(node.name)
        if own.gives_formula and node.name in self.called:
            self.formulas[node.name] = self.with_defaults(node.name, own)
            return
        super()._do_functiondef(node)

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> None:
        if isinstance(value, ast.Lambda) and isinstance(target, ast.Name):
            self.formulas[target.id] = self.with_defaults(target.id, OwnFunction.of(value))
            self.changing[target.id] = any(changed_in_place(value))
            self.functions.discard(target.id)
        else:
            super()._assign(target, value, node)

    def knows(self, name: str) -> bool:
        """Whether the code or the problem gives this name a meaning."""
        return name in self.formulas or name in self.functions or super().knows(name)

    def with_defaults(self, name: str, own: OwnFunction) -> OwnFunction:
        """The function with what its operands are by default here, whatever the names for that mean later."""
        found: dict[str, ast.expr] = {}
        for operand, value in own.defaults.items():
            found[operand] = value
            if not isinstance(value, ast.Constant):
                with suppress(FormulaError):
                    self.define(f"{name}#{operand}", self._cell(value))
                    found[operand] = ast.copy_location(ast.Name(f"{name}#{operand}", ast.Load()), value)
        return replace(own, defaults=found)

    def _call(self, node: ast.Call) -> Fragment:
        function = node.func
        return (
            self.applied(node, "This", OwnFunction.of(function))[0]
            if isinstance(function, ast.Lambda)
            else super()._call(node)
        )

    def _called(self, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Fragment:
        """A call; of a function of one's own it is what its formula gives for these operands."""
        own = self.formulas.get(name)
        if isinstance(node.func, Name) or (own is None and name not in self.functions | self.cells.keys()):
            return super()._called(node, name, given)
        if own is None:
            raise self.refusal(node, f"{name} is the code's own here, and what it gives is not read.")
        return self.applied(node, name, own)[0]

    def applied(self, node: ast.Call, name: str, own: OwnFunction) -> tuple[Fragment, Mapping[str, Fragment]]:
        """What a function of one's own gives in a call, and what its operands are there."""
        bound = own.bound(node)
        if bound is None:
            raise self.refusal(node, f'"{name}" takes {len(own.operands)} operands.')
        self.count_call(node)
        lines, result = own.steps(bound)
        if result is None:
            raise self.refusal(node, f"What {name} gives here depends on a condition that is not known.")
        numbers = Counted({operand: value.value for operand, value in bound.items() if isinstance(value, ast.Constant)})
        flags = numbers.numbers.keys()
        if any(flags & set(targets_of(line)) for line in lines):
            raise self.refusal(node, f"{name} changes an operand that is written out, which is not read.")
        lines, result = [numbers.visit(line) for line in lines], numbers.visit(result)
        operands = {operand: self._handed(value) for operand, value in bound.items() if operand not in flags}
        handed = {}
        for operand, cell in operands.items():
            handed[operand] = cell.part = _as_piece(self.of(cell))
        outside = dict(self.cells), self.formulas.pop(name, None)  # which may not call itself
        try:
            for operand, cell in operands.items():
                self.define(operand, cell)
            self.block(lines)
            self.check_changes(result)
            inner = self.part(spelled(result, self.knows))
            self.give_back(node, result)
        finally:
            names, itself = outside
            self.formulas |= {} if itself is None else {name: itself}
            self.restore({**names, **self.lasting()})
        return Fragment(self.span(node), inner.expression, (inner,), lambda e: e[0]), handed

    def lasting(self) -> Mapping[str, ArrayCell]:
        """The names that outlast the lines of a function: of functions themselves there are none."""
        return {}

    def count_call(self, node: ast.expr) -> None:
        """Refuse a text that calls functions of its own more often than is read."""
        self.passes += 1
        if self.passes > self.limits.passes:
            raise self.refusal(node, f"More than {self.limits.passes} calls of one's own functions are not read.")

    def _handed(self, value: ast.expr) -> ArrayCell:
        """What an operand is inside of a function, where it may be changed in place."""
        cell = ArrayCell(self.part(spelled(value, self.knows)), depth=self.depth)
        chosen = value.args if isinstance(value, ast.Call) and name_called(value) == "where" else []
        for other in (other for one in [value, *chosen] for other in self.shared_by(one)):
            cell.share(other, transposed=None)
        return cell
