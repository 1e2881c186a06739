"""Problems issued: a model gets numbers on which every mistake shows, the same for the same seed.

Sizes that are left open are chosen pairwise distinct, so that dividing by the wrong one shows. Numbers have two
decimals, since students copy them, none is 0, and no entry is near a kink, so that difference quotients work too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chainruler.grading.audit import Audit, audit
from chainruler.grading.key import AnswerKey, Array
from chainruler.networks import Problem, network_of, shapes_of, values_of
from chainruler.networks.blueprint import BATCH, STARTS, Input, Parameter
from chainruler.networks.layers.affine import Affine
from chainruler.networks.reading import TRANSPOSED

INPUT, OUTPUTS, SAMPLES = 4, 3, 7
HIDDEN = (5, 6, 8, 9, 10, 11, 12, 13, 14, 15)
DRAWS, VAIN = 24, 4
"""The most draws in all, and the most in a row without improvement: some flaws lie in sizes or factors."""
NEAR = 1e-2
"""No entry of an issued problem should be nearer to a kink."""


@dataclass(frozen=True)
class IssuedProblem:
    """A problem with its numbers, and what they hide."""

    problem: Problem
    numbers: Mapping[str, Mapping[str, Array]]
    """Parameters, data and statistics."""
    audit: Audit


def issued(problem: Problem, seed: int, samples: int | None, answers: Sequence[str] | None) -> IssuedProblem:
    """Numbers for a problem: of several draws, the first without flaws, or else that with the fewest."""
    problem = with_sizes(problem)
    network = network_of(problem)
    batch = samples or _free((SAMPLES, *HIDDEN), _sizes(problem))
    best: IssuedProblem | None = None
    vain = 0
    for draw in range(DRAWS):
        random = np.random.default_rng([seed, draw])
        parameters = {name: _parameter(parameter, random) for name, parameter in network.parameters.items()}
        given = {key: _input(wanted, batch, random) for key, wanted in network.inputs.items() if not wanted.owner}
        placed = network.placed(given)
        values = values_of(problem, network, parameters, **placed).arrays
        key = AnswerKey(problem, shapes_of(problem, parameters, placed["data"]), batch, values)
        found = audit(key, answers or list(network.parameters))
        vain += 1
        if best is None or _flaws(found) < _flaws(best.audit):
            best, vain = IssuedProblem(problem, {"parameters": parameters, **placed}, found), 0
        if _flaws(best.audit) == (0, False) or (vain == VAIN and best.audit.kinks >= NEAR):
            break
    assert best is not None  # noqa: S101 (there is one draw at least; told to the type checker)
    return best


def _flaws(found: Audit) -> tuple[int, bool]:
    return found.flaws, found.kinks < NEAR


def with_sizes(problem: Problem) -> Problem:
    """The problem with a size for each linear layer and for its samples, where they are not said."""
    layers = list(problem.model.layers)
    linear = {place: layer for place, layer in enumerate(layers) if isinstance(layer, Affine)}
    tied = _tied(linear.values())
    taken = {layer.units for layer in linear.values() if layer.units is not None}
    for place, layer in linear.items():
        if layer.units is None and layer not in tied:
            units = _free((OUTPUTS, *HIDDEN) if place == max(linear) else HIDDEN, taken)
            taken.add(units)
            layers[place] = replace(layer, units=units)
    shape = problem.model.input
    if shape is None and layers and layers[0].takes == "real":
        shape = _free((INPUT, *HIDDEN), taken)
    return replace(problem, model=replace(problem.model, layers=tuple(layers), input=shape))


def _tied(layers: Iterable[Affine]) -> list[Affine]:
    """The layers that share the weights of one before them, which have a size."""
    names, found = set[str](), []
    for layer in layers:
        name = layer.parameters.get("weight", "").removesuffix(TRANSPOSED) if layer.parameters else ""
        found += [layer] if name in names else []
        names |= {name} if name else set()
    return found


def _sizes(problem: Problem) -> set[int]:
    units = {layer.units for layer in problem.model.layers if isinstance(layer, Affine) and layer.units is not None}
    return units | set(problem.model.sample_shape or ())


def _free(wanted: Sequence[int], taken: set[int]) -> int:
    """The first of the wanted sizes that is not taken."""
    sizes: list[int] = [*wanted, *range(16, 1000)]
    return next(size for size in sizes if size not in taken)


def _parameter(parameter: Parameter, random: np.random.Generator) -> Array:
    if parameter.role == "weight":
        return _decimals(random.normal(0.0, 1.2 / np.sqrt(max(parameter.fans[0], 1)), parameter.shape))
    return _decimals(random.normal(STARTS[parameter.role], 0.4, parameter.shape))


def _input(wanted: Input, batch: int, random: np.random.Generator) -> Array:
    shape = tuple(batch if dim == BATCH else int(dim) for dim in wanted.variable.shape)
    if wanted.variable.kind == "index":
        limit = wanted.limit or 2
        return random.permutation(np.arange(int(np.prod(shape))) % limit).reshape(shape)
    if wanted.key in {"y", "weights"} or wanted.entries == "variances":
        return _decimals(random.uniform(0.05, 0.95, shape))
    return _decimals(random.normal(0.0, 1.0, shape))


def _decimals(array: Array) -> Array:
    """The numbers with two decimals, and none of them 0."""
    rounded = np.round(array, 2)
    return np.where(rounded == 0, np.where(array < 0, -0.01, 0.01), rounded)
