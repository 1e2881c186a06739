"""`chainruler predict`.

What a trained model says of samples: it computes in inference, with dropout off and batch_norm by its running
statistics. Where the loss compares classes, a prediction is the likeliest class of each sample; otherwise predictions
are the outputs. With targets come the loss, and of classes the share that is right.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType

from chainruler.cli import asking
from chainruler.cli.reading import documents
from chainruler.cli.showing import consoles
from chainruler.cli.showing.tables import ArrayTable, facts, losses
from chainruler.networks import Loss
from chainruler_client import calls
from chainruler_client.results import Forward

Array = NDArray[Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem with parameters, such as `train --save` writes."""
    documents.add_arguments(parser)
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Predict, and write."""
    with asking.client(options) as client:
        problem = documents.problem_of(options, client)
        answer = asking.ask(client, calls.forward(problem, mode="inference"))
    result = answer.result
    predicted = predictions(problem, result.outputs)
    told = {"predictions": predicted, **accuracy(predicted, problem.get("data", {}).get("y"))}
    formats: dict[str, consoles.Written] = {
        "table": lambda: shown(result, told),
        "json": lambda: consoles.json({**answer.document, **told}),
    }
    consoles.write(options, formats)
    return 0


def predictions(problem: dict[str, Any], outputs: Array) -> Array:
    """The outputs as the problem's loss reads them; as they are without a loss."""
    if problem.get("loss") is None:
        return outputs
    axis = 0 if problem["model"].get("samples") == "columns" else -1
    loss: Loss = Loss.read(problem["loss"])
    return np.asarray(loss.predictions(outputs, axis))


def accuracy(predicted: Array, targets: Any) -> dict[str, float]:
    """The share of predicted classes that are the targets; nothing where classes are not compared one by one."""
    if targets is None or predicted.dtype.kind != "i" or np.shape(targets) != predicted.shape:
        return {}
    return {"accuracy": float(np.mean(predicted == np.asarray(targets)))}


def shown(result: Forward, told: dict[str, Any]) -> RenderableType:
    """How good the predictions are, if that can be said, and then the predictions."""
    known = {**(losses(result) if result.loss is not None else {})}
    known |= {key: value for key, value in told.items() if key == "accuracy"}
    parts: list[RenderableType] = [facts(known), ""] if known else []
    return Group(*parts, ArrayTable("predictions", {"": told["predictions"]}, "values"))
