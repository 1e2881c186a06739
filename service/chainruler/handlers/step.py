"""Training steps: parameters and optimiser state in, parameters and optimiser state out. Nothing is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.interruption import see_whether_to_go_on
from chainruler.handlers.preparation import Array, Prepared, prepare
from chainruler.handlers.preparation import known_operations as known_operations_of_one
from chainruler.networks import Budget, SpecError, TooLarge
from chainruler.networks.optimizers import Optimizer, State
from chainruler.schemas.requests import StepRequest

Answer = dict[str, Any]


def step(request: StepRequest, budget: Budget) -> Answer:
    """New parameters, new state, the loss before each step, and the loss after the last on that step's data."""
    batches = _batches(request)
    steps = request.steps or len(batches)
    ready = [prepare(batches[0], budget)]
    given = {"parameters": dict(ready[0].parameters)}  # what is drawn is drawn once
    ready += [prepare(one.model_copy(update=given), budget) for one in batches[1:]]
    _see_that_it_is_affordable(steps, ready, budget)
    optimizer = _optimizer(request)
    parameters = {name: array.astype(request.dtype, copy=False) for name, array in ready[0].parameters.items()}
    try:
        state = optimizer.accepted_state(parameters, request.optimizer_state)
    except SpecError as error:
        raise error.below("optimizer_state") from None
    run = _Run(ready, optimizer, parameters, state)
    losses = [run.once(index) for index in range(steps)]
    answer: Answer = {"parameters": run.parameters, "optimizer_state": run.state}
    answer |= {"losses": np.array(losses), "loss": run.loss_after(steps - 1), "steps": steps}
    if run.statistics:
        answer["statistics"] = run.statistics
    if ready[0].drawn:
        answer["drawn"] = ready[0].drawn
    return answer | {"layout": ready[0].problem.model.layout, "dtype": request.dtype}


def known_operations(request: StepRequest, budget: Budget) -> float:
    """How much arithmetic the steps take, if their program is known already; infinity if not."""
    if request.batches is not None or request.parameters is None:
        return math.inf
    return (request.steps or 1) * known_operations_of_one(request, budget)


@dataclass
class _Run:
    """Some steps over some batches, in turn."""

    batches: Sequence[Prepared]
    optimizer: Optimizer
    parameters: Mapping[str, Array]
    state: State
    statistics: Mapping[str, Array] | None = None

    def once(self, index: int) -> float:
        """One step; the loss before it."""
        see_whether_to_go_on()
        ready = self.batches[index % len(self.batches)]
        network = ready.network
        updates = network.updates
        lines = [network.objective or "", *network.gradients.values(), *updates.values()]
        results = network.program(lines, ready.dtype)({**ready.values, **self.parameters, **(self.statistics or {})})
        loss, gradients = results[0], dict(zip(network.gradients, results[1:], strict=False))
        moved, self.state = self.optimizer.step(self.parameters, gradients, self.state, reuse=index > 0)
        self._see_that_it_is_finite(index, ready, loss, moved)
        self.parameters = moved
        self.statistics = dict(zip(updates, results[1 + len(gradients) :], strict=True)) if updates else None
        return float(loss)

    def loss_after(self, index: int) -> float:
        """The loss of the parameters as they are now, on the data of a step."""
        ready = self.batches[index % len(self.batches)]
        values = {**ready.values, **self.parameters, **(self.statistics or {})}
        (loss,) = ready.network.program([ready.network.objective or ""], ready.dtype)(values)
        if not np.isfinite(loss):
            raise NonFiniteResult("The loss", index + 1)
        return float(loss)

    def _see_that_it_is_finite(self, index: int, ready: Prepared, loss: Array, moved: Mapping[str, Array]) -> None:
        """Refuses a step that gives numbers which are not finite: parameters that cannot be used are not handed out."""
        if not np.isfinite(loss):
            raise NonFiniteResult(f"The loss {ready.network.objective}", index + 1)
        for name, array in moved.items():
            if not np.isfinite(array).all():
                raise NonFiniteResult(f"The parameter {name}", index + 1)


def _batches(request: StepRequest) -> list[StepRequest]:
    """The request over each of its batches."""
    if request.batches is None:
        return [request]
    if request.data:
        raise SpecError("wrong_combination", "/batches", 'Send "data" or "batches", not both.')
    return [request.model_copy(update={"data": data}) for data in request.batches]


def _optimizer(request: StepRequest) -> Optimizer:
    try:
        return Optimizer.read(request.optimizer)
    except SpecError as error:
        raise error.below("optimizer") from None


def _see_that_it_is_affordable(steps: int, ready: Sequence[Prepared], budget: Budget) -> None:
    if steps > budget.steps:
        raise TooLarge("too_many_steps", "/steps", f"This service takes at most {budget.steps:,} steps at once.")
    flops = steps * max(one.flops for one in ready)
    if flops > budget.training_flops:
        message = (
            f"{steps:,} steps take about {flops:.2g} operations; this service does at most {budget.training_flops:.2g}."
        )
        raise TooLarge("too_many_operations", "/steps", message, "Take fewer steps at a time: the state comes back.")
