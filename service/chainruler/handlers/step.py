"""Training steps: parameters and optimiser state in, parameters and optimiser state out. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.preparation import Array, Prepared, prepare
from chainruler.networks import Budget, SpecError, TooLarge
from chainruler.networks.optimizers import Optimizer, State
from chainruler.schemas.requests import StepRequest

Answer = dict[str, Any]


@dataclass(frozen=True)
class StepLimits:
    """How much training one request may ask for."""

    steps: int = 100_000
    flops: int = 2_000_000_000_000


def step(request: StepRequest, budget: Budget, limits: StepLimits | None = None) -> Answer:
    """New parameters, new state, the loss before each step, and the loss after the last on that step's data."""
    limits = limits or StepLimits()
    batches = _batches(request)
    steps = request.steps or len(batches)
    ready = [prepare(batches[0], budget)]
    given = {"parameters": dict(ready[0].parameters)}  # what is drawn is drawn once
    ready += [prepare(one.model_copy(update=given), budget) for one in batches[1:]]
    _see_that_it_is_affordable(steps, ready, limits)
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


def _see_that_it_is_affordable(steps: int, ready: Sequence[Prepared], limits: StepLimits) -> None:
    if steps > limits.steps:
        raise TooLarge("too_many_steps", "/steps", f"This service takes at most {limits.steps:,} steps at once.")
    flops = steps * max(one.flops for one in ready)
    if flops > limits.flops:
        message = f"{steps:,} steps take about {flops:.2g} operations; this service does at most {limits.flops:.2g}."
        raise TooLarge("too_many_operations", "/steps", message, "Take fewer steps at a time: the state comes back.")
