"""Forward, and backward: outputs, loss and the gradient of every parameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chainruler.engine import label_of
from chainruler.handlers.context import Context, Staged, Work
from chainruler.handlers.preparation import Array, Preparation, Prepared
from chainruler.networks import Budget, TooLarge
from chainruler.networks.derivatives import per_sample_gradients
from chainruler.schemas.requests import ForwardRequest, GradientsRequest

Answer = dict[str, Any]

LOOKED_AT_BY_LOSSES = {"y", "weights"}
Named = dict[str, str]


@Staged
def forward(request: ForwardRequest, context: Context) -> Work:
    """The outputs, the loss if there is one with targets, and on request every line before them."""
    if request.loss is None or "y" not in request.data:
        request = _without_loss(request)
    preparation = Preparation(request, context.budget, backward=False)
    key = "forward", bool(request.include), request.dtype

    def run() -> Answer:
        ready = preparation.ready()
        heads, lines = ready.plan.once(
            key, lambda: (_heads(ready), _forward_lines(ready) if request.include else list[str]())
        )
        wanted = _each_once([ready.network.outputs, *heads.values(), *lines])
        found = dict(zip(wanted, ready.run(wanted), strict=True))
        answer: Answer = {"outputs": found[ready.network.outputs], **_numbers(heads, found)}
        if lines:
            answer["intermediates"] = {line: found[line] for line in lines}
        return answer | _settings(ready)

    return Work(run, preparation.operations(key))


def _without_loss(request: ForwardRequest) -> ForwardRequest:
    """The request without its loss and what the loss needs."""
    data = {key: array for key, array in request.data.items() if key not in LOOKED_AT_BY_LOSSES}
    return request.model_copy(update={"loss": None, "regularization": None, "data": data})


@Staged
def gradients(request: GradientsRequest, context: Context) -> Work:
    """The loss, its parts, the gradient of every parameter, and what else was asked for."""
    preparation = Preparation(request, context.budget)
    asked = tuple(sorted(set(request.include)))  # each once and in one order: what is derived for it is kept
    key = "gradients", asked, request.dtype

    def run() -> Answer:
        ready = preparation.ready()
        heads, parts, lines = ready.plan.once(key, lambda: _lines_for(asked, ready))
        found = dict(zip(lines, ready.run(lines), strict=True))
        answer = _numbers(heads, found)
        for part, named in parts.items():
            answer[part] = {name: found[line] for name, line in named.items()}
        if "outputs" in asked:
            answer["outputs"] = found[ready.network.outputs]
        if "per_sample" in asked:
            answer["per_sample"] = _per_sample(ready, context.budget)
        return answer | _settings(ready)

    # Gradients of single samples are more numbers than the operations say.
    return Work(run, math.inf if "per_sample" in asked else preparation.operations(key))


def _heads(ready: Prepared) -> dict[str, str | None]:
    """The lines of the loss and of its parts; none without a loss."""
    network = ready.network
    if network.objective is None:
        return {}
    return {"loss": network.loss, "data_loss": network.data_loss, "penalty": network.penalty}


def _numbers(heads: Mapping[str, str | None], found: Mapping[str, Array]) -> Answer:
    """The values of these lines; of a penalty that there is not, 0."""
    return {name: 0.0 if line is None else found[line] for name, line in heads.items()}


def _each_once(lines: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for line in lines if line is not None))


def _lines_for(
    asked: Sequence[str], ready: Prepared
) -> tuple[dict[str, str | None], dict[str, Named], tuple[str, ...]]:
    """The line of each number of the answer, the lines of each of its parts, and all of them, each once."""
    network = ready.network
    network.backward()  # refuses a problem without a loss
    heads = _heads(ready)
    parts = {"gradients": network.gradients}
    parts |= {part: _lines_of(part, ready) for part in asked if part not in {"outputs", "per_sample"}}
    outputs = [network.outputs] if "outputs" in asked else []
    return (
        heads,
        parts,
        _each_once([*heads.values(), *outputs, *(line for of in parts.values() for line in of.values())]),
    )


def _lines_of(part: str, ready: Prepared) -> Named:
    """The lines of a part of the answer, by the key each is answered under."""
    network = ready.network
    if part == "input_gradients":
        name = label_of(network.x)
        return {"x": f"d{name}"}
    lines = {name: name for name in _forward_lines(ready)}
    if part == "intermediates":
        return lines
    return {name: f"d{name}" for name in lines if f"d{name}" in network.backward().lines}


def _forward_lines(ready: Prepared) -> list[str]:
    """The lines between the data and the objective."""
    network = ready.network
    ends = {network.loss, network.data_loss, network.penalty, network.objective, *network.updates.values()}
    return [name for name, line in network.system if name not in ends and line.kind == "real"]


def _per_sample(ready: Prepared, budget: Budget) -> dict[str, Any]:
    """The gradient of each sample's part of the data loss, N in front."""
    count = ready.plan.batch * ready.network.parameter_count
    if count > budget.numbers:
        message = f"These gradients have {count:,} numbers; this service makes at most {budget.numbers:,}."
        raise TooLarge("too_large_intermediate", "/include", message, "Send fewer samples at a time.")
    expressions = per_sample_gradients(ready.network)
    arrays = ready.evaluate(expressions.values(), [f"d{name} of a sample" for name in expressions], {})
    return dict(zip(expressions, arrays, strict=True))


def _settings(ready: Prepared) -> Answer:
    """What an answer repeats of the request, and what was drawn for it."""
    settings: Answer = {"layout": ready.plan.problem.model.layout, "dtype": ready.dtype}
    if ready.initialized and ready.network.parameters:
        settings["parameters"] = dict(ready.parameters)
    if ready.drawn:
        settings["drawn"] = ready.drawn
    if ready.network.updates:
        updates = ready.network.updates
        settings["statistics"] = ready.statistics(dict(zip(updates, ready.run(list(updates.values())), strict=True)))
    return settings
