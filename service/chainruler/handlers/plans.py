"""What a problem and the shapes of its arrays settle before any number is looked at: worked out once for all requests.

A repeated request, with other numbers or the same, costs one look-up here: its description and shapes as one key.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from numpy.typing import NDArray

from chainruler.engine.kept import Kept
from chainruler.networks import Budget, Network, Problem, SpecError, network_of, problem_of, refuse_over, shapes_of
from chainruler.schemas.requests import ProblemRequest

T = TypeVar("T")


Shapes = tuple[Hashable, ...]
Key = tuple[bytes, Shapes | None, Shapes, Budget]


@dataclass(frozen=True)
class Plan:
    """A problem for arrays of certain shapes."""

    problem: Problem
    network: Network
    batch: int
    flops: int
    """About how many operations one evaluation takes."""
    worked_out: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What a handler works out from the plan alone, at first use."""
        if key not in self.worked_out:
            self.worked_out[key] = work_out()
        found: T = self.worked_out[key]
        return found


_PLANS: Kept[Key, Plan] = Kept(64 * 2**20, lambda key, plan: plan.network.weight + len(key[0]))


def plan_of(request: ProblemRequest, budget: Budget) -> Plan:
    """The plan of a request, refused before any arithmetic if it cannot be or costs too much."""
    key = _key_of(request, budget)
    return _PLANS.find(key, lambda: _made(request, budget)) if key else _made(request, budget)


def known_plan(request: ProblemRequest, budget: Budget) -> Plan | None:
    """The plan of a request like one that was there before."""
    key = _key_of(request, budget)
    return _PLANS.get(key) if key else None


def counts() -> tuple[int, int]:
    """How often a plan was found, and how often one was made."""
    return _PLANS.hits, _PLANS.misses


def _key_of(request: ProblemRequest, budget: Budget) -> Key | None:
    """All that a plan depends on; None for what only a Python caller can send.

    `marshal` tells types apart as JSON does: 1, 1.0 and true are three values.
    """
    try:
        described = marshal.dumps((request.model, request.loss, request.regularization), 2)
    except ValueError:
        return None
    parameters = None if request.parameters is None else _shapes(request.parameters)
    return described, parameters, _shapes(request.data), budget


def _shapes(arrays: Mapping[str, NDArray[Any]]) -> Shapes:
    return (*arrays, *[array.shape for array in arrays.values()])


def _made(request: ProblemRequest, budget: Budget) -> Plan:
    problem = problem_of({"model": request.model, "loss": request.loss, "regularization": request.regularization})
    shapes = shapes_of(problem, request.parameters, request.data)
    x = request.data.get("x")
    batch = 1 if x is None else int(x.shape[-1 if problem.model.samples == "columns" else 0])
    try:
        network = network_of(problem, shapes)
        return Plan(problem, network, batch, refuse_over(budget, network, batch).flops(batch))
    except SpecError as error:
        raise error.with_batch(batch) from None
