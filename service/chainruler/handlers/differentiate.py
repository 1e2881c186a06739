"""A formula differentiated: its value, its gradients, and the formulas of these. No layer is needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainruler.engine import Expression, Kind, compiled, gradient, show_shape, variable
from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks import Budget, SpecError, TooLarge
from chainruler.networks.cost import cost_of
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.notation import FormulaError, Limits, read_latex, read_numpy, to_latex, to_mathml, to_numpy
from chainruler.schemas.requests import DifferentiateRequest

Answer = dict[str, Any]


def differentiate(request: DifferentiateRequest, budget: Budget) -> Answer:
    """The value of a formula and its gradients, where all variables have numbers; their formulas always."""
    wrt = _wrt(request)
    symbols = {name: _symbol(name, request, wrt) for name in request.variables}
    formula = _read(request, symbols, budget)
    slopes = gradient(formula, [symbols[name] for name in wrt])
    _see_that_it_is_affordable([formula, *slopes], budget)
    answer: Answer = {"read_as": _written(formula)}
    if all(isinstance(given, np.ndarray) for given in request.variables.values()):
        value, *gradients = _values(request, [formula, *slopes], ["the formula", *wrt])
        answer |= {"value": value, "gradients": dict(zip(wrt, gradients, strict=True))}
    formulas = {name: _written(slope) for name, slope in zip(wrt, slopes, strict=True)}
    return answer | {"formulas": formulas}


def _wrt(request: DifferentiateRequest) -> list[str]:
    """What it is differentiated by: what was asked for, or every variable of real numbers."""
    if request.with_respect_to is None:
        real = [name for name, given in request.variables.items() if not _is_whole(given)]
        return real or list(request.variables)
    for place, name in enumerate(request.with_respect_to):
        if name not in request.variables:
            hint = did_you_mean(name, request.variables)
            message = f'"{name[:40]}" is not among the variables.'
            raise SpecError("unknown_name", pointer("with_respect_to", place), message, hint)
    return list(dict.fromkeys(request.with_respect_to))


def _is_whole(given: object) -> bool:
    return isinstance(given, np.ndarray) and given.dtype.kind in "iu"


def _symbol(name: str, request: DifferentiateRequest, wrt: list[str]) -> Expression:
    """The variable: whole numbers that are not differentiated by can select."""
    if not name.isidentifier():
        raise SpecError("invalid_value", pointer("variables", name), f'"{name[:40]}" is not a name: use letters first.')
    given = request.variables[name]
    kind: Kind = "index" if _is_whole(given) and name not in wrt else "real"
    return variable(name, tuple(given.shape), kind)


def _read(request: DifferentiateRequest, symbols: dict[str, Expression], budget: Budget) -> Expression:
    """The formula as an expression of one number; refused with the place in the text."""
    read = read_numpy if request.syntax == "numpy" else read_latex
    limits = Limits(elements=min(Limits().elements, budget.numbers))
    try:
        formula = read(request.formula, symbols, limits).expression
    except FormulaError as error:
        message = f"Formula, column {error.column}: {error.message}"
        raise SpecError("invalid_formula", "/formula", message, error.pointed()) from None
    if formula.shape:
        message = f"The formula has the shape {show_shape(formula.shape)}, but a gradient is that of one number."
        raise SpecError("not_a_scalar", "/formula", message, f"Sum it: sum({request.formula[:80]})")
    return formula


def _see_that_it_is_affordable(expressions: list[Expression], budget: Budget) -> None:
    cost = cost_of(expressions)
    if cost.flops(1) > budget.flops or cost.numbers(1) > budget.numbers:
        message = f"This takes about {cost.flops(1):.2g} operations on up to {cost.numbers(1):,} numbers: too many."
        raise TooLarge("too_many_operations", "/formula", message)


def _values(request: DifferentiateRequest, expressions: list[Expression], names: list[str]) -> list[Any]:
    results = compiled(expressions)({name: np.asarray(array) for name, array in request.variables.items()})
    for name, result in zip(names, results, strict=True):
        if not np.isfinite(result).all():
            raise NonFiniteResult(name if name == "the formula" else f"d{name}")
    return list(results)


def _written(expression: Expression) -> dict[str, str]:
    return {"numpy": to_numpy(expression), "latex": to_latex(expression), "mathml": to_mathml(expression)}
