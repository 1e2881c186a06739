"""Forward, and backward: outputs, loss and the gradient of every parameter."""

from __future__ import annotations

from typing import Any

from chainruler.engine import label_of
from chainruler.handlers.preparation import Prepared, prepare
from chainruler.networks import Budget
from chainruler.networks.derivatives import per_sample_gradients
from chainruler.schemas.requests import ForwardRequest, GradientsRequest

Answer = dict[str, Any]


def forward(request: ForwardRequest, budget: Budget) -> Answer:
    """The outputs, and on request every line before them."""
    if "y" not in request.data:  # a loss without targets is not computed, so it is not asked for them either
        request = request.model_copy(update={"loss": None, "regularization": None})
    ready = prepare(request, budget)
    lines = _forward_lines(ready) if "intermediates" in request.include else []
    outputs, *values = ready.run([ready.network.outputs, *lines])
    answer: Answer = {"outputs": outputs}
    if lines:
        answer["intermediates"] = dict(zip(lines, values, strict=True))
    return answer | _settings(ready)


def gradients(request: GradientsRequest, budget: Budget) -> Answer:
    """The loss, its parts, the gradient of every parameter, and what else was asked for."""
    ready = prepare(request, budget)
    network = ready.network
    named = network.gradients
    network.backward()  # refuses a problem without a loss
    heads = {"loss": network.loss, "data_loss": network.data_loss, "penalty": network.penalty}
    wanted = [line for line in heads.values() if line is not None]
    lines = [*wanted, *named.values()]
    extras = {part: _lines_of(part, ready) for part in request.include if part != "per_sample"}
    lines += [line for found in extras.values() for line in found.values()]
    found = _by_line(ready, lines)
    answer: Answer = {key: 0.0 if line is None else found[line] for key, line in heads.items()}
    answer["gradients"] = {key: found[line] for key, line in named.items()}
    for part, named_lines in extras.items():
        arrays = {key: found[line] for key, line in named_lines.items()}
        answer[part] = arrays[network.outputs] if part == "outputs" else arrays
    if "per_sample" in request.include:
        answer["per_sample"] = _per_sample(ready)
    return answer | _settings(ready)


def _by_line(ready: Prepared, lines: list[str]) -> dict[str, Any]:
    """The value of each line, computed once however often it is asked for."""
    once = list(dict.fromkeys(lines))
    return dict(zip(once, ready.run(once), strict=True))


def _lines_of(part: str, ready: Prepared) -> dict[str, str]:
    """The lines of a part of the answer, by the key each is answered under."""
    network = ready.network
    if part == "outputs":
        return {network.outputs: network.outputs}
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


def _per_sample(ready: Prepared) -> dict[str, Any]:
    """The gradient of each sample's part of the data loss, N in front."""
    expressions = per_sample_gradients(ready.network)
    arrays = ready.evaluate(expressions.values(), [f"d{name} of a sample" for name in expressions], {})
    return dict(zip(expressions, arrays, strict=True))


def _settings(ready: Prepared) -> Answer:
    """What an answer repeats of the request, and what was drawn for it."""
    settings: Answer = {"layout": ready.problem.model.layout, "dtype": ready.dtype}
    if ready.initialized and ready.network.parameters:
        settings["parameters"] = dict(ready.parameters)
    if ready.drawn:
        settings["drawn"] = ready.drawn
    if ready.network.updates:
        names = list(ready.network.updates)
        settings["statistics"] = dict(zip(names, ready.run([ready.network.updates[n] for n in names]), strict=True))
    return settings
