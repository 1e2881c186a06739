"""A formula differentiated: its value, its gradients, and the formulas of these. No layer is needed."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from chainruler.engine import (
    Expression,
    ExpressionError,
    compiled,
    gradient,
    label_of,
    show_shape,
    topological,
    variable,
    variables,
)
from chainruler.handlers.context import Context
from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks import Budget, SpecError, TooLarge
from chainruler.networks.cost import cost_of
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.notation import FormulaError, FormulaLimits, read_formula, spelling, to_latex, to_mathml, to_numpy
from chainruler.schemas.requests import DifferentiateRequest

Answer = dict[str, Any]


PICKING = {"onehot", "select", "gather"}
"""The primitives whose last operand picks entries."""


def differentiate(request: DifferentiateRequest, context: Context) -> Answer:
    """The value of a formula and its gradients, where all variables have numbers; their formulas always."""
    symbols = _symbols(request)
    formula = _read(request, symbols, context.budget)
    picks = _picks(formula)
    _check_in_range(request, picks)
    wrt = _wrt(request, picks)
    try:
        slopes = gradient(formula, [symbols[name] for name in wrt])
    except ExpressionError as error:
        raise SpecError("not_differentiable", "/formula", str(error)) from None
    _check_affordable([formula, *slopes], context.budget)
    answer: Answer = {"read_as": _written(formula)}
    if all(isinstance(given, np.ndarray) for given in request.variables.values()):
        value, *gradients = _values(request, [formula, *slopes], ["The formula", *(f"d{name}" for name in wrt)])
        answer |= {"value": value, "gradients": dict(zip(wrt, gradients, strict=True))}
    formulas = {name: _written(slope) for name, slope in zip(wrt, slopes, strict=True)}
    return answer | {"formulas": formulas}


def _symbols(request: DifferentiateRequest) -> dict[str, Expression]:
    """The variables. All that are not typed as real numbers may pick entries; where they do not, they are numbers."""
    symbols = {}
    for name, given in request.variables.items():
        _check_name(name)
        if 0 in given.shape:
            message = f"variables.{name} has shape {show_shape(tuple(given.shape))}: it is empty."
            raise SpecError("empty_array", pointer("variables", name), message)
        is_real = isinstance(given, np.ndarray) and given.dtype.kind == "f"
        symbols[name] = variable(name, tuple(given.shape), "real" if is_real else "index")
    return symbols


def _check_name(name: str) -> None:
    """Refuses a name that a formula cannot have, or would read as another."""
    written = spelling(name)
    if written != name:
        message = f'"{name[:40]}" is not a name: a letter, then letters, digits and _, and no word of Python.'
        hint = f'Call it "{written[:40]}", which is how formulas are read: they may have either.' if written else None
        raise SpecError("bad_name", pointer("variables", name), message, hint)


def _picks(formula: Expression) -> dict[str, int]:
    """The variables that pick entries, and from how many."""
    found: dict[str, int] = {}
    for node in topological([formula]):
        if node.primitive.name in PICKING:
            primitive: Any = node.primitive
            of = node if primitive.name == "onehot" else node.args[0]
            count = int(of.shape[primitive.axis if primitive.name == "gather" else -1])
            for symbol in variables(node.args[-1:]):
                found[label_of(symbol)] = min(count, found.get(label_of(symbol), count))
    return found


def _check_in_range(request: DifferentiateRequest, picks: Mapping[str, int]) -> None:
    """Refuses what picks an entry that there is not; NumPy would count from the end, or fail."""
    for name, count in picks.items():
        given = request.variables[name]
        if isinstance(given, np.ndarray) and not 0 <= given.min() <= given.max() < count:
            outside = given.min() if given.min() < 0 else given.max()
            message = f"{name} picks the entry {outside}, but there are {count}: 0 to {count - 1}."
            raise SpecError("index_out_of_range", pointer("variables", name), message)


def _wrt(request: DifferentiateRequest, picks: Container[str]) -> list[str]:
    """What it is differentiated by: what was asked for, or every variable that moves."""
    if request.with_respect_to is None:
        return [name for name in request.variables if name not in picks]
    for place, name in enumerate(request.with_respect_to):
        where = pointer("with_respect_to", place)
        if name not in request.variables:
            message = f'"{name[:40]}" is not among the variables.'
            raise SpecError("unknown_name", where, message, did_you_mean(name, request.variables))
        if name in picks:
            message = f"{name} picks entries by whole numbers: nothing can be differentiated by it."
            raise SpecError("not_differentiable", where, message)
    return list(dict.fromkeys(request.with_respect_to))


def _read(request: DifferentiateRequest, symbols: dict[str, Expression], budget: Budget) -> Expression:
    """The formula as an expression of one number; refused with the place in the text."""
    limits = FormulaLimits(elements=min(FormulaLimits().elements, budget.numbers))
    try:
        formula = read_formula(request.formula, request.syntax, symbols, limits).expression
    except FormulaError as error:
        raise SpecError("invalid_formula", "/formula", str(error), error.pointed()) from None
    if formula.shape:
        message = f"The formula has the shape {show_shape(formula.shape)}, but a gradient is that of one number."
        raise SpecError("not_a_scalar", "/formula", message, f"Sum it: sum({request.formula[:80]})")
    return formula


def _check_affordable(expressions: list[Expression], budget: Budget) -> None:
    cost = cost_of(expressions)
    if cost.flops(1) > budget.flops or cost.numbers(1) > budget.numbers:
        message = f"This takes about {cost.flops(1):.2g} operations on up to {cost.numbers(1):,} numbers: too many."
        raise TooLarge("too_many_operations", "/formula", message)


def _values(request: DifferentiateRequest, expressions: list[Expression], names: list[str]) -> list[Any]:
    results = compiled(expressions)({name: np.asarray(array) for name, array in request.variables.items()})
    for name, result in zip(names, results, strict=True):
        if not np.isfinite(result).all():
            raise NonFiniteResult(name)
    return list(results)


def _written(expression: Expression) -> dict[str, str]:
    return {"numpy": to_numpy(expression), "latex": to_latex(expression), "mathml": to_mathml(expression)}
