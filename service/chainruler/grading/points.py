"""Points to evaluate a derivation at: all its numbers, as the problem poses them, or drawn and away from kinks.

Two expressions that agree at a few random points are the same function, for all that matters here; at the posed numbers
alone they may agree by chance, because a size occurs twice or a λ is ½.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Evaluation, label_of, variables
from chainruler.grading.lines import Scenery
from chainruler.networks import Network, Problem, margins, values_of
from chainruler.networks.blueprint import BATCH, Input, Parameter

Array = NDArray[Any]
Numbers = Mapping[str, Array]

KINK = 1e-4
"""No entry of a random point is nearer to a kink. A formula is exact, so this need not be far."""
TRIES, NUMBERS = 40, 2_000_000
"""So many points are drawn at most to be away from kinks, and of large networks so many numbers."""


def point_of(scenery: Scenery, values: Numbers) -> Evaluation:
    """The evaluation of all lines over these values of variables, by their labels."""
    given = {scenery.symbols[label]: array for label, array in values.items() if label in scenery.symbols}
    kinds = {"index": np.intp, "gate": np.float64, "real": np.float64}
    numbers = {symbol: np.asarray(array, kinds[symbol.kind]) for symbol, array in given.items()}
    x = scenery.network.x
    if scenery.position is not None and BATCH in x.shape:
        numbers[scenery.position] = np.arange(numbers[x].shape[x.shape.index(BATCH)])
    return Evaluation(numbers, scenery.definitions)


def drawn(problem: Problem, scenery: Scenery, batch: int, random: np.random.Generator, *, free: bool) -> Evaluation:
    """A random point with so many samples; if `free`, the factors of penalties are drawn too."""
    best: Evaluation | None = None
    farthest = -1.0
    for _ in range(max(1, min(TRIES, NUMBERS // max(scenery.network.parameter_count, 1)))):
        point = _drawn(problem, scenery, batch, random, free=free)
        distance = distance_from_kinks(scenery.network, point)
        if distance > farthest:
            best, farthest = point, distance
        if farthest > KINK:
            break
    assert best is not None  # noqa: S101 (there is one try at least; told to the type checker)
    return best


def distance_from_kinks(network: Network, point: Evaluation) -> float:
    """How near the point is to the nearest kink of any line; infinite where there is none."""
    found = [float(point(distance)) for of_line in margins(network.system).values() for distance in of_line]
    return min(found, default=np.inf)


def _drawn(problem: Problem, scenery: Scenery, batch: int, random: np.random.Generator, *, free: bool) -> Evaluation:
    network = scenery.network
    parameters = {name: _parameter(parameter, random) for name, parameter in network.parameters.items()}
    given = {key: _input(wanted, batch, random) for key, wanted in network.inputs.items() if not wanted.owner}
    values = values_of(problem, network, parameters, given).arrays
    if free:
        for symbol in scenery.penalty_factors:
            values[label_of(symbol)] = random.uniform(0.2, 0.9, ())
    return point_of(scenery, values)


def _parameter(parameter: Parameter, random: np.random.Generator) -> Array:
    if parameter.role == "weight":
        return random.normal(0.0, 1.0 / np.sqrt(max(parameter.fans[0], 1)), parameter.shape)
    return random.normal(1.0 if parameter.role == "scale" else 0.0, 0.4, parameter.shape)


def _input(wanted: Input, batch: int, random: np.random.Generator) -> Array:
    """Numbers of the kind that is wanted: classes, one-hot rows, weights, or any; targets fit every loss."""
    shape = tuple(batch if dim == BATCH else int(dim) for dim in wanted.variable.shape)
    if wanted.variable.kind == "index":
        limit = wanted.limit or 2
        chosen = random.integers(0, limit, shape)
        # a row that is picked twice, by samples of different classes: overwriting, adding and averaging differ
        chosen.flat[-1:] = chosen.flat[0] if wanted.key == "x" else (chosen.flat[0] + 1) % limit
        return chosen
    if wanted.sums_to_one_along is not None:
        axis = wanted.sums_to_one_along
        rest = tuple(n for i, n in enumerate(shape) if i - len(shape) != axis)
        return np.moveaxis(np.eye(shape[axis])[random.integers(0, shape[axis], rest)], -1, axis)
    if wanted.key in {"y", "weights"} or wanted.key.startswith("running_var"):
        return random.uniform(0.05, 0.95, shape)
    return random.normal(0.0, 1.0, shape)


def another_batch(network: Network, batch: int) -> int:
    """A number of samples that no other size of the problem equals."""
    shapes = [symbol.shape for symbol in variables([line for _, line in network.system])]
    sizes = {dim for shape in shapes for dim in shape} | {batch}
    return next(n for n in count(5) if n not in sizes)
