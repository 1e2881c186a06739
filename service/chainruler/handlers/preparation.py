"""What every computation starts with: a problem's network, built once, and the numbers that it runs on."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, compiled
from chainruler.engine.program import compilations
from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.plans import Plan, counts, known_plan, plan_of
from chainruler.networks import Budget, Network, Problem, SpecError, Values, values_of
from chainruler.networks.initializers import Initializer
from chainruler.networks.network import networks_built
from chainruler.networks.values import drawn_at
from chainruler.schemas.requests import DType, ProblemRequest

Array = NDArray[Any]


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
    def problem(self) -> Problem:
        """What was described."""
        return self.plan.problem

    @property
    def network(self) -> Network:
        """Its named lines."""
        return self.plan.network

    @property
    def batch(self) -> int:
        """How many samples there are."""
        return self.plan.batch

    @property
    def flops(self) -> int:
        """About how many operations one evaluation takes."""
        return self.plan.flops

    def drawn_at(self, step: int) -> Values:
        """What is drawn for the step that follows `step` others."""
        return drawn_at(step, self.problem, self.network, self.data) if self.drawn else Values({}, {})

    def run(self, lines: Sequence[str], more: Mapping[str, Array] | None = None) -> list[Array]:
        """The values of the named lines; NonFiniteResult names the first line that is not finite."""
        values = {**self.values, **more} if more else self.values
        results = self.network.program(lines, self.dtype)(values)
        self.see_that_they_are_finite(results, lines)
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

    def see_that_they_are_finite(self, results: Sequence[Array], lines: Sequence[str]) -> None:
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


def prepare(request: ProblemRequest, budget: Budget) -> Prepared:
    """The problem of a request, refused before any arithmetic if it cannot be or costs too much."""
    plan = plan_of(request, budget)
    drawn = request.parameters is None
    parameters = _initialised(plan.network, request) if request.parameters is None else request.parameters
    try:
        values = values_of(plan.problem, plan.network, parameters, request.data)
    except SpecError as error:
        raise (error.with_batch(plan.batch) if "x" in request.data else error) from None
    return Prepared(plan, parameters, request.data, values.arrays, values.drawn, request.dtype, initialized=drawn)


def known_operations(request: ProblemRequest, budget: Budget, key: Hashable) -> float:
    """How much arithmetic a request takes, if one like it was answered before; infinity if not.

    `key` is what its handler worked out with the plan: as long as that is not there, a program has to be compiled.
    """
    plan = known_plan(request, budget)
    return plan.flops if plan and request.parameters is not None and key in plan.worked_out else math.inf


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
    return {"plans": counts(), "networks": networks_built(), "programs": compilations()}
