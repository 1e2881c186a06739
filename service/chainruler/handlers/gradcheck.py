"""Gradients against numbers: each entry compared with the loss's own change when that entry moves a little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainruler.engine import DType, compiled, show_shape, topological
from chainruler.handlers.interruption import see_whether_to_go_on
from chainruler.handlers.preparation import Array, Prepared, prepare
from chainruler.networks import Budget, SpecError, TooLarge, margins
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.schemas.requests import GradcheckRequest

Answer = dict[str, Any]

COMPLEX_STEP = 1e-30
"""Nothing is subtracted, so that the step may be so small that its square vanishes."""
CENTRAL_STEP = 1e-4
"""For a rule of fourth order: rounding and truncation both near 1e-12."""
TOLERANCE = {"complex step": 1e-9, "central differences": 1e-6}
NEAR = 1e-6
"""A kink so near may lie between the points that are compared."""


def gradcheck(request: GradcheckRequest, budget: Budget) -> Answer:
    """For each parameter, how far the gradient is from the numeric one, and where it is farthest."""
    ready = prepare(request.model_copy(update={"dtype": "float64"}), budget)
    network = ready.network
    network.backward()  # refuses a problem without a loss
    claimed = _claimed(request, ready)
    probes = _probes(request, ready)
    _see_that_it_is_affordable(sum(map(len, probes.values())), ready, budget)
    smooth = all(node.primitive.smooth for node in topological([line for _, line in network.system]))
    method = "complex step" if smooth else "central differences"
    results = {name: _compared(ready, name, claimed[name], places, method) for name, places in probes.items()}
    return {
        "correct": all(result["correct"] for result in results.values()),
        "method": method,
        "tolerance": TOLERANCE[method],
        "parameters": results,
        "kinks": _kinks(ready),
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
    """The places in each parameter that are probed: all, or so many drawn by the seed."""
    random = np.random.default_rng(request.seed)
    probes = {}
    for name in request.gradients or ready.network.parameters:
        shape = ready.parameters[name].shape
        count = int(np.prod(shape))
        chosen = np.arange(count) if count <= request.entries else random.choice(count, request.entries, replace=False)
        probes[name] = [tuple(map(int, np.unravel_index(flat, shape))) for flat in chosen]
    return probes


def _see_that_it_is_affordable(runs: int, ready: Prepared, budget: Budget) -> None:
    if runs * 4 * ready.flops > budget.flops:
        message = f"Probing {runs:,} entries takes about {runs * 4 * ready.flops:.2g} operations; "
        raise TooLarge(
            "too_many_operations",
            "/entries",
            f"{message}this service does at most {budget.flops:.2g} at once.",
            'Probe fewer entries: "entries": 20.',
        )


def _compared(ready: Prepared, name: str, claimed: Array, places: list[tuple[int, ...]], method: str) -> Answer:
    """One parameter's gradient against the numeric one."""
    slope = _complex_slope if method == "complex step" else _central_slope
    numeric = np.array([slope(ready, name, place) for place in places])
    analytic = np.array([float(claimed[place]) for place in places])
    apart = np.abs(numeric - analytic)
    worst = int(np.argmax(apart))
    scale = max(float(np.abs(numeric).max()), np.finfo(np.float64).tiny)
    error = float(apart[worst]) / scale if apart[worst] else 0.0
    return {
        "correct": bool(error <= TOLERANCE[method]),
        "error": error,
        "worst": {"index": list(places[worst]), "analytic": float(analytic[worst]), "numeric": float(numeric[worst])},
        "checked": len(places),
        "entries": int(np.prod(ready.parameters[name].shape)),
    }


def _objective_at(ready: Prepared, name: str, array: Array, dtype: DType) -> complex:
    see_whether_to_go_on()
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


def _kinks(ready: Prepared) -> list[Answer]:
    """The lines with an entry so near a kink that a numeric gradient may be of the wrong side."""
    found = margins(ready.network.system)
    lines = [line for line, distances in found.items() for _ in distances]
    expressions = [distance for distances in found.values() for distance in distances]
    if not expressions:
        return []
    program = compiled(expressions, None, "float64", ready.network.system.definitions())
    near = [(line, float(d)) for line, d in zip(lines, program(ready.values), strict=True) if d < NEAR]
    return [{"line": line, "distance": distance} for line, distance in near]
