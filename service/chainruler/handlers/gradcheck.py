"""Gradients against numbers: each entry compared with the loss's own change when that entry moves a little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainruler.engine import DType, compiled, show_shape, topological
from chainruler.handlers.context import Context
from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.preparation import Array, Prepared, prepare
from chainruler.networks import Budget, SpecError, TooLarge, margins
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.schemas.requests import GradcheckRequest

Answer = dict[str, Any]

COMPLEX_STEP = 1e-30
"""Nothing is subtracted, so that the step may be so small that its square vanishes."""
CENTRAL_STEP = 1e-4
"""For a rule of fourth order: rounding and truncation both near 1e-12."""
FLOOR = 1e-4
"""A gradient that is 0 but for rounding is no worse for it: entries are compared to at least so much of the largest
of all parameters, as those of a bias before a batch_norm."""


@dataclass(frozen=True)
class Method:
    """A way to have a derivative from numbers."""

    name: str
    slope: Callable[[Prepared, str, tuple[int, ...]], float]
    tolerance: float
    near: float
    """A kink so near may be taken from its wrong side."""
    subtracts: bool
    """Whether losses are subtracted, so that an error is as large as the rounding of a loss."""


def gradcheck(request: GradcheckRequest, context: Context) -> Answer:
    """For each parameter, how far the gradient is from the numeric one, and where it is farthest."""
    ready = prepare(request.model_copy(update={"dtype": "float64"}), context.budget)
    (objective,) = ready.run([ready.network.objective or ""])
    claimed = _claimed(request, ready)
    probes = _probes(request, ready)
    _check_affordable(sum(map(len, probes.values())), ready, context.budget)
    smooth = all(node.primitive.smooth for node in topological([line for _, line in ready.network.system]))
    method = COMPLEX if smooth else CENTRAL
    numeric = {name: _slopes(ready, name, places, method, context) for name, places in probes.items()}
    largest = max([float(np.abs(slopes).max()) for slopes in numeric.values()], default=0.0)
    floor = FLOOR * max(largest, abs(float(objective)) if method.subtracts else 0.0)
    results = {name: _compared(claimed[name], numeric[name], probes[name], method, floor) for name in probes}
    return {
        "correct": all(result["correct"] for result in results.values()),
        "method": method.name,
        "tolerance": method.tolerance,
        "parameters": results,
        "kinks": _kinks(ready, method),
    }


def _claimed(request: GradcheckRequest, ready: Prepared) -> Mapping[str, Array]:
    """The gradients that are checked: those that were sent, or our own."""
    if request.gradients is None:
        return dict(zip(ready.network.gradients, ready.run(list(ready.network.gradients.values())), strict=True))
    for name, array in request.gradients.items():
        if name not in ready.network.parameters:
            hint = did_you_mean(name, ready.network.parameters)
            message = f'"{name[:40]}" is not a parameter of this model.'
            raise SpecError("unknown_parameter", pointer("gradients", name), message, hint)
        wanted = ready.network.parameters[name].shape
        if array.shape != wanted:
            message = f"gradients.{name} has shape {show_shape(array.shape)}, but {name} has {show_shape(wanted)}."
            raise SpecError("wrong_shape", pointer("gradients", name), message)
    return request.gradients


def _probes(request: GradcheckRequest, ready: Prepared) -> dict[str, list[tuple[int, ...]]]:
    """The places in each parameter that are probed: all, or a sample drawn by the seed."""
    random = np.random.default_rng(request.seed)
    probes = {}
    for name in request.gradients or ready.network.parameters:
        shape = ready.parameters[name].shape
        count = int(np.prod(shape))
        chosen = np.arange(count) if count <= request.entries else random.choice(count, request.entries, replace=False)
        probes[name] = [tuple(map(int, np.unravel_index(flat, shape))) for flat in chosen]
    return probes


def _check_affordable(runs: int, ready: Prepared, budget: Budget) -> None:
    if runs * 4 * ready.plan.flops > budget.flops:
        message = f"Probing {runs:,} entries takes about {runs * 4 * ready.plan.flops:.2g} operations; "
        raise TooLarge(
            "too_many_operations",
            "/entries",
            f"{message}this service does at most {budget.flops:.2g} at once.",
            'Probe fewer entries: "entries": 20.',
        )


def _slopes(ready: Prepared, name: str, places: list[tuple[int, ...]], method: Method, context: Context) -> Array:
    """The numeric derivative by each of some entries of a parameter."""
    slopes = np.empty(len(places))
    for number, place in enumerate(places):
        context.check_wanted()
        slopes[number] = method.slope(ready, name, place)
    if not np.isfinite(slopes).all():
        raise NonFiniteResult(f"The loss near this {name}")
    return slopes


def _compared(
    claimed: Array, numeric: Array, places: list[tuple[int, ...]], method: Method, floor: float
) -> dict[str, Any]:
    """One parameter's gradient against the numeric one; the error is a share of the largest entry of either."""
    analytic = np.array([float(claimed[place]) for place in places])
    scale = max(float(np.abs(numeric).max()), float(np.abs(analytic).max()), floor) or 1.0
    apart = np.abs(numeric / scale - analytic / scale)
    worst = int(np.argmax(apart))
    return {
        "correct": bool(apart[worst] <= method.tolerance),
        "error": float(apart[worst]),
        "worst": {"index": list(places[worst]), "analytic": float(analytic[worst]), "numeric": float(numeric[worst])},
        "checked": len(places),
        "entries": claimed.size,
    }


def _objective_at(ready: Prepared, name: str, array: Array, dtype: DType) -> complex:
    (value,) = ready.network.program([ready.network.objective or ""], dtype)({**ready.values, name: array})
    return complex(value)


def _complex_slope(ready: Prepared, name: str, place: tuple[int, ...]) -> float:
    """The derivative by one entry, read off the imaginary part: exact to the last bits."""
    moved = ready.values[name].astype(np.complex128)
    moved[place] += COMPLEX_STEP * 1j
    return _objective_at(ready, name, moved, "complex128").imag / COMPLEX_STEP


def _central_slope(ready: Prepared, name: str, place: tuple[int, ...]) -> float:
    """The derivative by one entry from four points around it, where a function has no complex form."""
    moved = ready.values[name].astype(np.float64)
    here, step = moved[place], CENTRAL_STEP * max(1.0, abs(float(moved[place])))
    values = []
    for times in (2, 1, -1, -2):
        moved[place] = here + times * step
        values.append(_objective_at(ready, name, moved, "float64").real)
    return (8 * (values[1] - values[2]) - (values[0] - values[3])) / (12 * step)


COMPLEX = Method("complex step", _complex_slope, tolerance=1e-9, near=1e-6, subtracts=False)
CENTRAL = Method("central differences", _central_slope, tolerance=1e-6, near=1e-3, subtracts=True)


def _kinks(ready: Prepared, method: Method) -> list[Answer]:
    """The lines with an entry so near a kink that a numeric gradient may be of the wrong side."""
    found = margins(ready.network.system, ready.network.still)
    lines = [line for line, distances in found.items() for _ in distances]
    expressions = [distance for distances in found.values() for distance in distances]
    if not expressions:
        return []
    program = compiled(expressions, None, "float64", ready.network.system.definitions())
    near = [(line, float(d)) for line, d in zip(lines, program(ready.values), strict=True) if d < method.near]
    return [{"line": line, "distance": distance} for line, distance in near]
