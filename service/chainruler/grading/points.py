"""Points to evaluate a derivation at: all its numbers, as the problem poses them, or drawn and away from kinks.

Two expressions that agree at a few random points are the same function, for all that matters here; at the posed numbers
alone they may agree by chance, because a size occurs twice or a λ is ½. What decides over a formula is drawn after it
is written, from a hash of problem and formula: a formula cannot be made to fit numbers that follow from itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import count
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Evaluation, Expression, label_of, variables
from chainruler.grading.context import DerivationContext
from chainruler.grading.domains import SHARES, Domain, domain_of
from chainruler.networks import Network, Problem, values_of
from chainruler.networks.blueprint import BATCH, STARTS, Input, Parameter

Array: TypeAlias = NDArray[Any]
Numbers: TypeAlias = Mapping[str, Array]
Scale: TypeAlias = tuple[float, float]
"""The decades between which the scale of each array is drawn."""

USUAL: Scale = (0.0, 0.0)
LARGE: Scale = (0.3, 1.0)
SMALL: Scale = (-4.0, -2.0)
HUGE: Scale = (2.0, 3.0)
TINY: Scale = (-4.0, -3.0)
ANY: Scale = (-3.0, 3.0)
EXTREMES = (HUGE, ANY, TINY)
"""Where what differs beyond some number is looked for, with either sign."""
SCALES = (USUAL, LARGE, SMALL)
"""Each formula is compared at one point of each."""

KINK = 1e-4
"""No entry of a random point is nearer to a kink. A formula is exact, so this need not be far."""
TRIES, NUMBERS = 40, 2_000_000
"""The most points that are drawn to be away from kinks, and for large networks the most numbers."""
NEXT = 1e-5
"""How far next to a number is, as a part of it."""
TAME = 8.0
"""Beyond this activations saturate, and right formulas differ by rounding."""


def point_of(context: DerivationContext, values: Numbers) -> Evaluation:
    """The evaluation of all lines over these values of variables, by their labels."""
    return Evaluation(_typed(context, values), context.definitions)


def _typed(context: DerivationContext, values: Numbers) -> dict[Expression, Array]:
    given = {context.symbols[label]: array for label, array in values.items() if label in context.symbols}
    kinds = {"index": np.intp, "gate": np.float64, "real": np.float64}
    numbers = {symbol: np.asarray(array, kinds[symbol.kind]) for symbol, array in given.items()}
    x = context.network.x
    if context.position is not None and x in numbers and BATCH in x.shape:
        numbers[context.position] = np.arange(numbers[x].shape[x.shape.index(BATCH)])
    return numbers


class ProbePoints:
    """The random points of a problem for a number of samples; if `free`, the factors of penalties are drawn too.

    `posed` are its own numbers, whose domains the data are drawn from.
    """

    def __init__(
        self,
        problem: Problem,
        context: DerivationContext,
        batch: int,
        posed: Numbers | None = None,
        *,
        free: bool = False,
    ) -> None:
        self.problem, self.context, self.batch, self.posed, self.free = problem, context, batch, posed or {}, free
        self.inputs = {key: wanted for key, wanted in context.network.inputs.items() if not wanted.owner}
        self.out_of_reach: dict[Expression, frozenset[tuple[Expression, bool]]] = {}
        """By right line, the sides of the right lines' own switches that no point is found on."""

    @property
    def kept(self) -> Evaluation | None:
        """The point that it keeps alive: the first one, if it was needed; the others are made anew."""
        return self.__dict__.get("first")

    @cached_property
    def first(self) -> Evaluation:
        """The point that everything is worked out at which does not decide over a formula."""
        random = np.random.default_rng(1)
        most = max(1, min(TRIES, NUMBERS // max(self.context.network.parameter_count, 1)))
        return self._best([point_of(self.context, {**self._supplied, **self._drawn(random)})], random, most)

    def fresh(self, random: np.random.Generator, scale: Scale) -> Evaluation:
        """Another point, of another scale; what is worked out of the way to its values is shared by all."""
        drawn = self._drawn(random)
        point = self._at(self._scaled(drawn, random, scale))
        low, high = scale
        while high > 0 and scale not in EXTREMES and self._is_wild(point):
            high = high / 2 if high > 0.1 else 0.0
            point = self._at(self._scaled(drawn, random, (min(low, high), high)))
        return point

    def near(self, random: np.random.Generator, number: float) -> Evaluation:
        """A point at which many entries are a number or its opposite, or next to it."""
        values = self._drawn(random)
        for label in self.free_labels:
            array = values[label]
            shape = np.shape(array)
            about = number * random.choice([1.0, 1 + NEXT, 1 - NEXT, -1.0], shape)
            values[label] = np.where(random.random(shape) < 0.5, array, about)
        return self._at(values)

    def scaled(self, random: np.random.Generator, label: str, factor: float) -> Evaluation:
        """A point at which one array is scaled by a factor, and all others are of the usual size."""
        values = self._drawn(random)
        return self._at({**values, label: values[label] * factor})

    @cached_property
    def free_labels(self) -> list[str]:
        """The labels of the arrays whose numbers may be of any size: parameters, and data that are free numbers."""
        free = [label_of(p.variable) for p in self.context.network.parameters.values()]
        return free + [label_of(w.variable) for key, w in self.inputs.items() if self._domains[key].scales]

    def between(self, one: Evaluation, other: Evaluation, part: float) -> Evaluation:
        """A point on the way from one to another, whose data that are no free numbers stay those of the one."""
        free = [self.context.symbols[label] for label in self.free_labels]
        return one.with_values({symbol: (1 - part) * one(symbol) + part * other(symbol) for symbol in free})

    def _best(self, points: list[Evaluation], random: np.random.Generator, most: int) -> Evaluation:
        """Of several points the first away from kinks, or else the farthest."""
        distances = [distance_from_kinks(self.context, points[0])]
        while distances[-1] <= KINK and len(points) < most:
            points.append(point_of(self.context, {**self._supplied, **self._drawn(random)}))
            distances.append(distance_from_kinks(self.context, points[-1]))
        return points[int(np.argmax(distances))]

    def _at(self, values: Numbers) -> Evaluation:
        return self.first.with_values(_typed(self.context, values))

    def _is_wild(self, point: Evaluation) -> bool:
        """Whether any line before the loss is so large that activations saturate."""
        symbols = [self.context.symbols[name] for name in self.context.scores]
        return any(not np.abs(point(symbol)).max(initial=0.0) <= TAME for symbol in symbols)

    @cached_property
    def _supplied(self) -> dict[str, Array]:
        """What the parts of the problem supply themselves, such as masks and the factors of penalties."""
        return self._arrays(self._domains)

    def _arrays(self, domains: Mapping[str, Domain]) -> dict[str, Array]:
        network, random = self.context.network, np.random.default_rng(0)
        given = {key: domains[key].draw(random, self._shape(wanted)) for key, wanted in self.inputs.items()}
        parameters = {name: _parameter(p, random) for name, p in network.parameters.items()}
        return values_of(self.problem, network, parameters, **network.placed(given)).arrays

    @cached_property
    def _domains(self) -> dict[str, Domain]:
        """What data are drawn from; targets that a loss takes the logarithm of, or a root, are not negative."""
        domains = {
            key: domain_of(wanted, self.posed.get(label_of(wanted.variable))) for key, wanted in self.inputs.items()
        }
        loss, line = self.problem.loss, self.context.network.loss
        if loss is None or line is None or loss.type != "formula" or self.posed or not domains.get("y", SHARES).scales:
            return domains
        terms = point_of(self.context, self._arrays(domains))(self.context.symbols[line])
        return domains if np.isfinite(terms).all() else {**domains, "y": SHARES}

    def _shape(self, wanted: Input) -> tuple[int, ...]:
        return tuple(self.batch if dim == BATCH else int(dim) for dim in wanted.variable.shape)

    def _drawn(self, random: np.random.Generator) -> dict[str, Array]:
        """Parameters and data of the usual size, by their labels."""
        values = {label_of(p.variable): _parameter(p, random) for p in self.context.network.parameters.values()}
        for key, wanted in self.inputs.items():
            values[label_of(wanted.variable)] = self._domains[key].draw(random, self._shape(wanted))
        if self.free:
            for symbol in self.context.penalty_factors:
                values[label_of(symbol)] = random.uniform(0.2, 0.9, ())
        return values

    def _scaled(self, values: Numbers, random: np.random.Generator, scale: Scale) -> Numbers:
        """The same in this scale: each array that is free by a factor of its own, of parameters with either sign."""
        parameters = {label_of(p.variable) for p in self.context.network.parameters.values()}
        signed = parameters if scale in EXTREMES else set()
        factors = {label: _factor(random, scale, signed=label in signed) for label in self.free_labels}
        return {**values, **{label: factor * values[label] for label, factor in factors.items()}}


def _factor(random: np.random.Generator, scale: Scale, *, signed: bool = False) -> float:
    low, high = scale
    factor = 1.0 if low == high == 0 else float(10 ** random.uniform(low, high))
    return -factor if signed and random.random() < 0.5 else factor


def _parameter(parameter: Parameter, random: np.random.Generator) -> Array:
    if parameter.role == "weight":
        return random.normal(0.0, 1.0 / np.sqrt(max(parameter.fans[0], 1)), parameter.shape)
    return random.normal(STARTS[parameter.role], 0.4, parameter.shape)


def distance_from_kinks(context: DerivationContext, point: Evaluation) -> float:
    """How near the point is to the nearest kink of any line; infinite where there is none."""
    return min((float(point(distance)) for distance in context.margins), default=np.inf)


def another_batch(network: Network, *others: int) -> int:
    """A number of samples that no other size of the problem equals, nor any of these."""
    shapes = [symbol.shape for symbol in variables([line for _, line in network.system])]
    sizes = {dim for shape in shapes for dim in shape}.union(others)
    return next(n for n in count(5) if n not in sizes)
