"""`chainruler step`.

Training steps over all data: the new parameters, and the optimiser's state for the next ones. `chainruler train` does
this in a loop, in batches, and shows how the loss falls.
"""

from __future__ import annotations

import argparse

from rich.console import Group, RenderableType

from chainruler.cli import asking
from chainruler.cli.reading import documents, optimizers
from chainruler.cli.showing import consoles
from chainruler.cli.showing.tables import ArrayTable, facts
from chainruler_client import calls
from chainruler_client.results import Step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, and how far to go."""
    documents.add_arguments(parser)
    parser.add_argument("--steps", type=int, metavar="N", help="otherwise as many as the problem says, or 1")
    optimizers.add_arguments(parser)
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Take the steps, and write where they lead."""
    with asking.client(options) as client:
        problem = documents.problem_of(options, client, documents.TRAINING)
        optimizer = optimizers.optimizer_of(options, problem)
        answer = asking.ask(client, calls.step(problem, optimizer=optimizer, steps=options.steps))
    formats: dict[str, consoles.Written] = {
        "table": lambda: shown(answer.result),
        "json": lambda: consoles.json(answer.document),
    }
    consoles.write(options, formats)
    return 0


def shown(result: Step) -> RenderableType:
    """How the loss went, and where the parameters are."""
    losses = {"steps": result.steps, "loss before": float(result.losses[0]), "loss after": result.loss}
    return Group(facts(losses), "", ArrayTable("parameter", result.parameters, "after"))
