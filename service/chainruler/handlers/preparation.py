"""What every computation starts with: a problem's network, built once, and the numbers that it runs on.

What a problem and the shapes of its arrays settle before any number is looked at is a plan, made once for all requests.
A repeated request, with other numbers or the same, costs one look-up: its description and shapes as one key.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, compiled
from chainruler.engine.program import compilations
from chainruler.handlers.errors import NonFiniteResult
from chainruler.memory import LEDGER, Cache
from chainruler.networks import (
    Budget,
    Network,
    Problem,
    SpecError,
    Values,
    network_of,
    problem_of,
    refuse_over,
    shapes_of,
    values_of,
)
from chainruler.networks.initializers import Initializer
from chainruler.networks.network import networks_built
from chainruler.networks.values import drawn_at
from chainruler.schemas.requests import DType, ProblemRequest

Array = NDArray[Any]
T = TypeVar("T")
Shapes = tuple[Hashable, ...]
PlanKey = tuple[bytes, Shapes | None, Shapes, Budget, bool]


@dataclass(frozen=True)
class Plan:
    """A problem for arrays of certain shapes."""

    problem: Problem
    network: Network
    batch: int
    flops: int
    """About how many operations one evaluation takes."""
    derived: dict[Hashable, Any] = field(default_factory=dict)
    constants: dict[str, Array] = field(default_factory=dict)
    """The numbers of the description itself, such as λ, by what the network calls them."""

    def once(self, key: Hashable, derive: Callable[[], T]) -> T:
        """What a handler derives from the plan alone, at first use."""
        if key not in self.derived:
            self.derived[key] = derive()
        found: T = self.derived[key]
        return found


_PLANS: Cache[PlanKey, Plan] = LEDGER.cache("plans", lambda key, plan: plan.network.weight + len(key[0]), grows=True)


@dataclass(slots=True)
class Prepared:
    """A problem that is ready to run."""

    plan: Plan
    parameters: Mapping[str, Array]
    data: Mapping[str, Array]
    """The data as it was sent."""
    values: dict[str, Array]
    """An array for every variable, by its symbol."""
    drawn: dict[str, Array]
    """What was drawn at random, so that an answer can say it."""
    dtype: DType
    initialized: bool
    """Whether the parameters were drawn here, so that an answer must say them."""

    @property
    def network(self) -> Network:
        """Its named lines."""
        return self.plan.network

    def statistics(self, following: Mapping[str, Array]) -> dict[str, Array]:
        """All running statistics after training: those that follow, and those of frozen layers as they were sent."""
        sent = {key: wanted for key, wanted in self.network.inputs.items() if wanted.sent == "statistics"}
        return {key: following[key] if key in following else self.values[sent[key].symbol] for key in sent}

    def drawn_at(self, step: int) -> Values:
        """What is drawn for the step that follows `step` others."""
        return drawn_at(step, self.plan.problem, self.network, self.data) if self.drawn else Values({}, {})

    def run(self, lines: Sequence[str]) -> list[Array]:
        """The values of the named lines; NonFiniteResult names the first line that is not finite."""
        results = self.network.program(lines, self.dtype)(self.values)
        self.check_finite(results, lines)
        return list(results)

    def evaluate(
        self, expressions: Iterable[Expression], names: Sequence[str], more: Mapping[str, Array]
    ) -> list[Array]:
        """The values of expressions in the network's symbols and in those of `more`; the names are for errors."""
        program = compiled(expressions, None, self.dtype, self.network.system.definitions())
        results = program({**self.values, **more})
        broken = _broken(results, names)
        if broken:
            raise NonFiniteResult(broken[0])
        return list(results)

    def check_finite(self, results: Sequence[Array], lines: Sequence[str]) -> None:
        """Refuses results that are not finite, naming the first line, in the order of computing, that is not."""
        if all(map(_finite, results)):
            return
        found = _broken(results, lines)
        system = self.network.backward() if self.network.objective else self.network.system
        order = [name for name, line in system if line.kind == "real"]
        every = self.network.program(order, self.dtype)(self.values)
        raise NonFiniteResult([*_broken(every, order), *found][0])


def _broken(arrays: Sequence[Array], names: Sequence[str]) -> list[str]:
    """The names of the arrays that are not finite."""
    return [name for name, array in zip(names, arrays, strict=True) if not _finite(array)]


def _finite(array: Array | float) -> bool:
    """Whether all entries are finite: the sum of their squares is, or each of them."""
    if isinstance(array, float):  # np.float64 is one
        return math.isfinite(array)
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())  # vdot overflows without a warning


class Preparation:
    """A request on its way to be ready; the key of its plan is computed once, for its cost and for the plan itself."""

    def __init__(self, request: ProblemRequest, budget: Budget, *, backward: bool = True) -> None:
        self.request, self.budget, self.backward = request, budget, backward
        self._key = _key_of(request, budget, backward=backward)
        self.known = _PLANS.get(self._key) if self._key else None
        """The plan that was made for a request like this one, if there was one."""

    def operations(self, key: Hashable) -> float:
        """How much arithmetic the request takes, if one like it was answered before; infinity if not.

        `key` is that of what the handler derives from the plan: until it is there, a program has to be compiled.
        """
        drawn = self.request.parameters is None
        return self.known.flops if self.known and not drawn and key in self.known.derived else math.inf

    @cached_property
    def plan(self) -> Plan:
        """The plan, refused before any arithmetic if it cannot be or costs too much."""
        if self.known is not None:
            return self.known
        return _PLANS.find(self._key, self._made) if self._key else self._made()

    def _made(self) -> Plan:
        request = self.request
        problem = problem_of(request.described())
        shapes = shapes_of(problem, request.parameters, request.data)
        x = request.data.get("x")
        batch = 1 if x is None else int(x.shape[-1 if problem.model.samples == "columns" else 0])
        try:
            network = network_of(problem, shapes)
            return Plan(problem, network, batch, self._cost(network, batch))
        except SpecError as error:
            raise error.with_batch(batch) from None

    def _cost(self, network: Network, batch: int) -> int:
        return refuse_over(self.budget, network, batch, backward=self.backward).flops(batch)

    def ready(self) -> Prepared:
        """The problem with its numbers."""
        plan, request = self.plan, self.request
        drawn = request.parameters is None
        parameters = _initialised(plan.network, request) if request.parameters is None else request.parameters
        try:
            values = values_of(
                plan.problem, plan.network, parameters, request.data, request.statistics or {}, plan.constants
            )
        except SpecError as error:
            raise (error.with_batch(plan.batch) if "x" in request.data else error) from None
        return Prepared(plan, parameters, request.data, values.arrays, values.drawn, request.dtype, initialized=drawn)


def prepare(request: ProblemRequest, budget: Budget) -> Prepared:
    """The problem of a request, refused before any arithmetic if it cannot be or costs too much."""
    return Preparation(request, budget).ready()


def _key_of(request: ProblemRequest, budget: Budget, *, backward: bool) -> PlanKey | None:
    """All that a plan depends on; None for what only a Python caller can send.

    `marshal` tells types apart as JSON does: 1, 1.0 and true are three values.
    """
    try:
        described = marshal.dumps((request.model, request.loss, request.regularization, request.mode), 2)
    except ValueError:
        return None
    parameters = None if request.parameters is None else _shapes(request.parameters)
    return described, parameters, _shapes(request.data), budget, backward


def _shapes(arrays: Mapping[str, Array]) -> Shapes:
    return (*arrays, *[array.shape for array in arrays.values()])


def _initialised(network: Network, request: ProblemRequest) -> dict[str, Array]:
    if request.initialize is None:
        if not network.parameters:
            return {}
        hint = 'Send "parameters", or "initialize": {"type": "he_normal", "seed": 0}.'
        raise SpecError("missing_field", "/parameters", "This model has parameters, and none were sent.", hint)
    try:
        initializer: Initializer = Initializer.read(request.initialize)
    except SpecError as error:
        raise error.below("initialize") from None
    return initializer.parameters(network.parameters.values(), request.dtype)


def cache_counts() -> dict[str, tuple[int, int]]:
    """How often each cache had what was asked for, and how often it was built."""
    return {"plans": (_PLANS.hits, _PLANS.misses), "networks": networks_built(), "programs": compilations()}
