"""Automatic differentiation of numbers: `loss.backward()` and `W1.grad`, `torch.autograd.grad(loss, W1)`.

What is differentiated is what the code itself computes, by the engine, and nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainruler.engine import sum_of
from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.function_gradients import FunctionGradientReader, listed
from chainruler.notation.numpy_tree import dotted
from chainruler.notation.several import Given
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.targets import name_of
from chainruler.notation.views import name_called

_OF_VALUES = frozenset({"torch.autograd.grad", "autograd.grad"})
_IDLE = frozenset({"retain_graph", "create_graph", "allow_unused", "materialize_grads", "holomorphic", "has_aux"})
_NO_GRADIENTS = frozenset({"no_grad", "inference_mode"})
_CUTTING = frozenset({"detach", "data", "numpy"})
NOT_KEPT = "No gradient is known here: backward() is read outside of loops and conditions, after zero_grad()."


@dataclass(frozen=True)
class BackwardPass:
    """A call of `.backward()`: what it is of, and what each name was by then."""

    loss: Fragment
    names: Mapping[str, Fragment | None]


class GradientReader(FunctionGradientReader):
    """A reader of code that knows automatic differentiation."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.passed: list[BackwardPass] | None = None
        """The backward passes since gradients were set to zero; None before the first of them."""
        self.tapes: set[str] = set()

    # Statements

    def _do_expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr == "zero_grad" and self.passed is not None:
                self.passed = []
            if call.func.attr == "backward" and self._passes_back(call, call.func.value):
                return
        super()._do_expr(node)

    def _passes_back(self, call: ast.Call, of: ast.expr) -> bool:
        """Note a backward pass; whether it is one of a number that is known."""
        if self.depth or self.guards:
            self.passed = []
            return False
        try:
            loss = self.quantity(self.part(spelled(of, self.knows)))
        except FormulaError:
            return False
        weights = [*call.args, *(k.value for k in call.keywords if k.arg == "gradient")]
        for weight in weights:
            part = self.part(spelled(weight, self.knows))
            loss = self._weighted(call, loss, part)
        names = {name: cell.part for name, cell in self.cells.items()}
        self.passed = [*(self.passed or []), BackwardPass(loss, names)]
        return True

    def _weighted(self, node: ast.Call, value: Fragment, weights: Fragment) -> Fragment:
        """The sum of an array's entries, each with its weight, which is not differentiated."""
        fixed = Fragment(self.span(node), weights.expression, (weights,), lambda e: e[0])
        self.slopes.constants.add(fixed)
        return self.built(node, [value, fixed], lambda e: sum_of(e[0] * e[1]))

    def _do_with(self, node: ast.With) -> None:
        contexts = [item.context_expr for item in node.items]
        names = [name_called(one) if isinstance(one, ast.Call) else "" for one in contexts]
        tapes = zip(names, node.items, strict=True)
        self.tapes |= {
            name_of(item.optional_vars) for name, item in tapes if name == "GradientTape" and item.optional_vars
        }
        before = {id(cell): cell.part for cell in self.cells.values()}
        super()._do_with(node)
        for cell in self.cells.values() if _NO_GRADIENTS & set(names) else ():
            part = cell.part
            if part is not None and before.get(id(cell)) is not part:
                cell.part = Fragment(part.span, part.expression, (part,), lambda e: e[0])
                self.slopes.constants.add(cell.part)

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> None:
        derivative = self.derivative_of(value)
        self.derivatives.pop(name_of(target), None)
        if derivative is not None and isinstance(target, ast.Name):
            self.derivatives[target.id] = derivative
        else:
            super()._assign(target, value, node)

    def cell_of(self, value: ast.expr) -> ArrayCell:
        """As for any value, but what is detached is no other name of the array: it shares its memory."""
        cell = super().cell_of(value)
        named = cell in {*self.cells.values(), *self.lent.values()}
        if not named or not any(isinstance(part, ast.Attribute) and part.attr in _CUTTING for part in ast.walk(value)):
            return cell
        detached = ArrayCell(self.part(spelled(value, self.knows)), depth=self.depth)
        detached.share(cell, transposed=False)
        return detached

    # Calls

    def given_by(self, node: ast.expr) -> Given | None:
        """What a call of automatic differentiation gives, as any other that is followed."""
        if not isinstance(node, ast.Call):
            return super().given_by(node)
        called = dotted(node.func)
        root, _, name = called.rpartition(".")
        if called in _OF_VALUES or (called == "grad" and len(node.args) > 1 and not self._is_of_function(node)):
            return self._by_values(node, node.args, node.keywords)
        if name == "gradient" and root in self.tapes and len(node.args) == 2:
            found = self._by_values(node, node.args, node.keywords)
            return found if isinstance(node.args[-1], ast.Tuple | ast.List) else found[0]
        derivative = self.derivative_of(node.func)
        return super().given_by(node) if derivative is None else self.by_operands(node, derivative)

    def _by_values(
        self, node: ast.Call, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]
    ) -> tuple[ArrayCell, ...]:
        """The derivatives of a number by arrays, as torch.autograd.grad gives them."""
        names = ("outputs", "inputs", "grad_outputs")
        given = dict(zip(names, args, strict=False)) | {k.arg or "": k.value for k in keywords if k.arg not in _IDLE}
        if not {"outputs", "inputs"} <= set(given) <= set(names) or len(args) > len(names):
            raise self.refusal(node, "grad takes what is differentiated, and by what: grad(loss, [W1, b1]).")
        outputs, inputs = listed(given["outputs"]), listed(given["inputs"])
        if len(outputs) != 1 or not inputs:
            raise self.refusal(node, "One number is differentiated at a time.")
        loss = self.quantity(self.part(spelled(outputs[0], self.knows)))
        for weights in listed(given["grad_outputs"]) if "grad_outputs" in given else []:
            loss = self._weighted(node, loss, self.part(spelled(weights, self.knows)))
        names_now = {name: cell.part for name, cell in self.cells.items()}
        return tuple(self.slopes_of(node, loss, [self._array(one, names_now) for one in inputs]))

    # Derivatives

    def _array(self, node: ast.expr, names: Mapping[str, Fragment | None]) -> Fragment:
        """What is differentiated by: an array of the code's own as it was, or a symbol of the problem."""
        found = names.get(name_of(node))
        return found if found is not None else self.part(spelled(node, self.knows))

    # Expressions

    def _called(self, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Fragment:
        part = super()._called(node, name, given)
        if name == "detached":
            self.slopes.constants.add(part)
        return part

    def _attribute(self, node: ast.Attribute) -> Fragment:
        if node.attr != "grad" or self.passed is None or name_of(node) in self.cells:
            return super()._attribute(node)
        if not self.passed:
            raise self.refusal(node, NOT_KEPT)
        slopes = [
            slope
            for one in self.passed
            for slope in self.slopes_of(node, one.loss, [self._array(node.value, one.names)])
        ]
        return self.built(node, [self.of(slope) for slope in slopes], lambda e: sum(e[1:], start=e[0]))
