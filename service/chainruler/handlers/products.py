"""Jacobians, and derivatives times vectors."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from chainruler.engine import Expression, NotDifferentiable, Shape, label_of, show_shape
from chainruler.handlers.context import Context
from chainruler.handlers.preparation import Array, Prepared, prepare
from chainruler.networks import Budget, SpecError, TooLarge
from chainruler.networks.blueprint import COTANGENT, TANGENT
from chainruler.networks.derivatives import (
    block_of,
    hvp_of,
    jacobian_of,
    jvp_of,
    symbol_of,
    vjp_of,
)
from chainruler.networks.errors import pointer
from chainruler.schemas.requests import HvpRequest, JacobianRequest, JvpRequest, VjpRequest

Answer = dict[str, Any]


def jacobian(request: JacobianRequest, context: Context) -> Answer:
    """Every entry of a line differentiated by every entry of another, or the one block that is not zero."""
    ready = prepare(request, context.budget)
    of, wrt = request.of, request.with_respect_to
    line, x = _symbol(ready, of, "of"), _moving(ready, wrt, "with_respect_to")
    answer: Answer = {"of": of, "with_respect_to": wrt, "form": request.form}
    if request.form == "block":
        try:
            block = block_of(ready.network, of, wrt)
        except NotDifferentiable as error:
            raise SpecError("no_block_form", "/form", str(error), 'Ask for "form": "dense".') from None
        if block is None:
            raise SpecError("no_block_form", "/form", "This Jacobian has no block form.", 'Ask for "form": "dense".')
        (values,) = ready.evaluate([block.values], [of], {})
        return answer | {"block": values, "matched": list(block.matched)}
    _check_affordable((*line.shape, *x.shape), ready, context.budget)
    (dense,) = ready.evaluate([jacobian_of(ready.network, of, wrt)], [f"d{of}/d{wrt}"], {})
    return answer | {"jacobian": dense}


def jvp(request: JvpRequest, context: Context) -> Answer:
    """The derivative of a line along a direction."""
    ready = prepare(request, context.budget)
    _symbol(ready, request.of, "of")
    vectors = _named(ready, request.vectors)
    line = jvp_of(ready.network, request.of, list(request.vectors))
    (result,) = ready.evaluate([line], [request.of], vectors)
    return {"of": request.of, "jvp": result}


def vjp(request: VjpRequest, context: Context) -> Answer:
    """An upstream gradient times the derivatives of a line."""
    ready = prepare(request, context.budget)
    _check_shape(ready, _symbol(ready, request.of, "of"), request.vector, "vector")
    names = request.with_respect_to
    for place, name in enumerate(names):
        _moving(ready, name, "with_respect_to", place)
    lines = vjp_of(ready.network, request.of, names)
    results = ready.evaluate(lines, names, {COTANGENT + request.of: request.vector})
    return {"of": request.of, "vjp": dict(zip(names, results, strict=True))}


def hvp(request: HvpRequest, context: Context) -> Answer:
    """The Hessian of the objective times a direction."""
    ready = prepare(request, context.budget)
    vectors, names = _named(ready, request.vectors), list(request.vectors)
    results = ready.evaluate(hvp_of(ready.network, names), names, vectors)
    return {"hvp": dict(zip(names, results, strict=True))}


def _named(ready: Prepared, vectors: Mapping[str, Array]) -> dict[str, Array]:
    """The vectors under the names that expressions know them by, each of its namesake's shape."""
    for name, array in vectors.items():
        _check_shape(ready, _moving(ready, name, "vectors", name), array, "vectors", name)
    return {TANGENT + name: array for name, array in vectors.items()}


def _symbol(ready: Prepared, name: str, *place: str | int) -> Expression:
    """The symbol of this name; refused at its place in the request if there is none."""
    try:
        return symbol_of(ready.network, name)
    except SpecError as error:
        raise error.below(*place) from None


def _moving(ready: Prepared, name: str, *place: str | int) -> Expression:
    """The symbol of this name; refused if it stands for whole numbers, which do not move."""
    symbol = _symbol(ready, name, *place)
    if symbol.kind == "index":
        message = f"{name} holds whole numbers that pick entries: nothing can be differentiated by it."
        raise SpecError("not_differentiable", pointer(*place), message)
    return symbol


def _check_shape(ready: Prepared, symbol: Expression, array: Array, *place: str) -> None:
    wanted = tuple(ready.plan.batch if isinstance(dim, str) else dim for dim in symbol.shape)
    if array.shape != wanted:
        message = (
            f"{'.'.join(place)} has shape {show_shape(array.shape)}, but {label_of(symbol)} has {show_shape(wanted)}."
        )
        raise SpecError("wrong_shape", pointer(*place), message)


def _check_affordable(shape: Shape, ready: Prepared, budget: Budget) -> None:
    """Refuses a Jacobian with more numbers than the budget has for one."""
    count = prod(ready.plan.batch if isinstance(dim, str) else dim for dim in shape)
    if count > budget.jacobian:
        message = f"This Jacobian has {count:,} numbers; this service makes none above {budget.jacobian:,}."
        raise TooLarge("too_large_jacobian", "/of", message, "Ask for a vjp or a jvp, or send fewer samples.")
