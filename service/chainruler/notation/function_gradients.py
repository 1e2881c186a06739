"""Automatic differentiation of functions that code defines: `jax.grad(J, argnums=0)(W1, b1)`, `value_and_grad`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from chainruler.engine import Expression, ExpressionError
from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.lists import ListReader
from chainruler.notation.numpy_tree import dotted, whole_number
from chainruler.notation.own_functions import OwnFunction
from chainruler.notation.several import Given
from chainruler.notation.slopes import Slopes
from chainruler.notation.source import Source
from chainruler.notation.targets import name_of

_OF_FUNCTIONS = {"grad": False, "value_and_grad": True}
"""What differentiates a function, and whether it gives its value as well."""
_ROOTS = frozenset({"", "jax", "torch.func", "autograd", "ag"})


@dataclass(frozen=True)
class Derivative:
    """The derivative of a function of one's own by some of its operands, and its value before that if asked."""

    name: str
    function: OwnFunction
    places: Sequence[int]
    is_tuple: bool
    with_value: bool


class FunctionGradientReader(ListReader):
    """A reader of code that knows derivatives of its own functions."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        super().__init__(source, symbols, limits, conventions)
        self.slopes = Slopes(symbols, conventions.lines)
        self.derivatives: dict[str, Derivative] = {}
        """What names of the code's own mean derivatives."""

    def by_operands(self, node: ast.Call, derivative: Derivative) -> Given:
        """The derivatives of a function of one's own by its operands, as jax.grad gives them."""
        function = derivative.function
        value, operands = self.applied(node, derivative.name, function)
        names = [function.operands[place] for place in derivative.places if place < len(function.operands)]
        parts = [operands[name] for name in names if name in operands]
        if len(parts) != len(derivative.places):
            raise self.refusal(node, "There is no such operand to differentiate by.")
        found = tuple(self.slopes_of(node, value, parts))
        slopes: Given = found if derivative.is_tuple else found[0]
        return (ArrayCell(value, depth=self.depth), slopes) if derivative.with_value else slopes

    def derivative_of(self, node: ast.expr) -> Derivative | None:
        """The derivative of a function, as jax.grad(J, argnums=(0, 1)) and jax.jit of it make it."""
        if isinstance(node, ast.Name):
            return self.derivatives.get(node.id)
        if not isinstance(node, ast.Call) or not node.args:
            return None
        root, _, name = dotted(node.func).rpartition(".")
        if root not in _ROOTS or (not root and self.knows(name)):
            return None
        if name == "jit":
            return self.derivative_of(node.args[0])
        function = self.function(node.args[0])
        asked = [*node.args[1:], *(k.value for k in node.keywords if k.arg in {"argnums", "argnum"})]
        if name not in _OF_FUNCTIONS or function is None or len(asked) != len(node.args) - 1 + len(node.keywords):
            return None
        numbers = listed(asked[0]) if asked else [ast.Constant(0)]
        places = [place for one in numbers if (place := whole_number(one)) is not None and place >= 0]
        if len(places) != len(numbers) or len(asked) > 1:
            raise self.refusal(node, "The operands to differentiate by are counted from 0: argnums=(0, 1).")
        several = bool(asked) and isinstance(asked[0], ast.Tuple | ast.List)
        return Derivative(name_of(node.args[0]), function, places, several, _OF_FUNCTIONS[name])

    def _is_of_function(self, node: ast.Call) -> bool:
        """Whether `grad(…)` is a function of one's own, or is applied to one."""
        return self.knows("grad") or self.function(node.args[0]) is not None

    def function(self, node: ast.expr) -> OwnFunction | None:
        if isinstance(node, ast.Lambda):
            return OwnFunction.of(node)
        return self.formulas.get(node.id) if isinstance(node, ast.Name) else None

    def slopes_of(self, node: ast.expr, loss: Fragment, by: Sequence[Fragment]) -> list[ArrayCell]:
        try:
            found = self.slopes.of(loss, by)
        except FormulaError:
            raise
        except ExpressionError as error:
            raise self.refusal(node, str(error)) from None
        parts = [self._found(node, one) for one in found]
        self.slopes.derived.update(parts)
        return [ArrayCell(part, depth=self.depth) for part in parts]

    def _found(self, node: ast.expr, slope: Expression) -> Fragment:
        return self.built(node, [], lambda _: slope)


def listed(node: ast.expr) -> list[ast.expr]:
    """The elements of what is listed, or the one that is."""
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]
