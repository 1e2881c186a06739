"""Training steps: parameters and optimiser state in, parameters and optimiser state out. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainruler.handlers.context import Context, Staged, Work
from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.preparation import Array, Preparation, Prepared, prepare
from chainruler.networks import Budget, SpecError, TooLarge, Values
from chainruler.networks.errors import pointer
from chainruler.networks.optimizers import Optimizer, State
from chainruler.schemas.requests import StepRequest

Answer = dict[str, Any]

OVERHEAD = 1_000_000
"""The operations that could be done in the time that a step takes beside its arithmetic."""


@Staged
def step(request: StepRequest, context: Context) -> Work:
    """New parameters, new state, the loss before each step, and the loss after the last on what that step saw.

    Masks and classes are drawn anew in each step, by the seed and by the number of steps that the state has counted: so
    k steps are the same in one request or in k. What the last step drew is in the answer.
    """
    if request.batches is not None:
        return Work(lambda: _trained(request, _over_batches(request, request.batches or [], context), context))
    preparation = Preparation(request, context.budget)
    key = "step", request.dtype

    def run() -> Answer:
        answer = _trained(request, [preparation.ready()], context)
        preparation.plan.once(key, lambda: True)
        return answer

    steps = min(request.steps or 1, context.budget.steps)  # more are refused, and may be too many for a float
    return Work(run, steps * (OVERHEAD + preparation.operations(key)))


def _trained(request: StepRequest, batches: Sequence[Prepared], context: Context) -> Answer:
    """The answer after as many steps as are asked for, over the batches in turn."""
    steps = request.steps or len(batches)
    _check_affordable(steps, batches, context.budget)
    optimizer = _optimizer(request)
    with np.errstate(over="ignore"):  # what is too large for float32 is refused with the first loss
        parameters = {n: array.astype(request.dtype, copy=False) for n, array in batches[0].parameters.items()}
    try:
        state = optimizer.accepted_state(parameters, request.optimizer_state)
    except SpecError as error:
        raise error.below("optimizer_state") from None
    run = _Run(batches, optimizer, parameters, state, context)
    losses = [run.once(index) for index in range(steps)]
    answer: Answer = {"losses": np.array(losses, request.dtype), "loss": run.loss_after(), "steps": steps}
    run.check_state()
    answer |= {"parameters": run.parameters, "optimizer_state": run.state}
    if run.statistics:
        answer["statistics"] = run.ready.statistics(run.statistics)
    if run.last.drawn:
        answer["drawn"] = run.last.drawn
    return answer | {"layout": batches[0].plan.problem.model.layout, "dtype": request.dtype}


class _Run:
    """Some steps over some batches, in turn."""

    def __init__(
        self,
        batches: Sequence[Prepared],
        optimizer: Optimizer,
        parameters: Mapping[str, Array],
        state: State,
        context: Context,
    ) -> None:
        self.batches, self.optimizer, self.context = batches, optimizer, context
        self.parameters, self.state = parameters, state
        self.statistics: dict[str, Array] = {}
        self.ready = batches[0]
        self.last = Values({}, {})
        """What the last step drew."""

    def once(self, index: int) -> Array:
        """One step; the loss before it."""
        self.context.check_wanted()
        self.ready = ready = self.batches[index % len(self.batches)]
        self.last = ready.drawn_at(self.state["step"])
        network, updates = ready.network, ready.network.updates
        loss, *results = self._computed([*network.gradients.values(), *updates.values()])
        gradients = dict(zip(network.gradients, results, strict=False))
        moved, self.state = self.optimizer.step(self.parameters, gradients, self.state, reuse=index > 0)
        self._check_finite(loss, moved)
        self.parameters = moved
        self.statistics = dict(zip(updates, results[len(gradients) :], strict=True))
        return loss

    def loss_after(self) -> Array:
        """The loss of the parameters as they are now, on what the last step saw."""
        (loss,) = self._computed([])
        if not np.isfinite(loss):
            raise NonFiniteResult(f"The loss {self.ready.network.objective}", self.state["step"])
        return loss

    def _computed(self, lines: Sequence[str]) -> Sequence[Array]:
        """The objective, and other lines, with all that moves as it is now."""
        program = self.ready.network.program([self.ready.network.objective or "", *lines], self.ready.dtype)
        return program({**self.ready.values, **self.last.arrays, **self.parameters, **self.statistics})

    def _check_finite(self, loss: Array, moved: Mapping[str, Array]) -> None:
        """Refuses a step that gives numbers which are not finite: parameters that cannot be used are not handed out."""
        if not np.isfinite(loss):
            raise NonFiniteResult(f"The loss {self.ready.network.objective}", self.state["step"])
        for name, array in moved.items():
            if not np.isfinite(array).all():
                raise NonFiniteResult(f"The parameter {name}", self.state["step"])

    def check_state(self) -> None:
        """Refuses a state with an overflow that the parameters do not show: Adam divides by the root of its v."""
        for slot in self.optimizer.slots:
            for name, array in self.state[slot.name].items():
                if not np.isfinite(array).all():
                    raise NonFiniteResult(f"{slot.name} of the parameter {name}", self.state["step"])


def _over_batches(request: StepRequest, batches: Sequence[Mapping[str, Array]], context: Context) -> list[Prepared]:
    """The request over each of its batches; parameters that are drawn are drawn once."""
    if request.data:
        raise SpecError("wrong_combination", "/batches", 'Send "data" or "batches", not both.')
    parameters, ready = request.parameters, list[Prepared]()
    for place, data in enumerate(batches):
        try:
            one = request.model_copy(update={"data": data, "parameters": parameters})
            ready.append(prepare(one, context.budget))
        except SpecError as error:
            raise _of_batch(place, error) from None
        parameters = dict(ready[0].parameters)
    return ready


def _of_batch(place: int, error: SpecError) -> SpecError:
    """The error with the batch that it is about: what stands in `data` for it stands in `batches`."""
    inside = error.pointer.startswith("/data/")
    where = pointer("batches", place) + error.pointer.removeprefix("/data") if inside else error.pointer
    return type(error)(error.code, where, f"With batches.{place}: {error.message}", error.hint)


def _optimizer(request: StepRequest) -> Optimizer:
    try:
        return Optimizer.read(request.optimizer)
    except SpecError as error:
        raise error.below("optimizer") from None


def _check_affordable(steps: int, ready: Sequence[Prepared], budget: Budget) -> None:
    if steps > budget.steps:
        raise TooLarge("too_many_steps", "/steps", f"This service takes at most {budget.steps:,} steps at once.")
    flops = steps * max(one.plan.flops for one in ready)
    if flops > budget.training_flops:
        message = (
            f"{steps:,} steps take about {flops:.2g} operations; this service does at most {budget.training_flops:.2g}."
        )
        raise TooLarge("too_many_operations", "/steps", message, "Take fewer steps at a time: the state comes back.")
