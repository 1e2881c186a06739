"""`chainruler forward`.

The outputs of a model, the loss where the problem has one with targets, and on request every line before them. What is
printed in JSON is what POST /v1/forward answers.
"""

from __future__ import annotations

import argparse

from rich.console import Group, RenderableType

from chainruler.cli import asking
from chainruler.cli.reading import documents
from chainruler.cli.showing import consoles
from chainruler.cli.showing.tables import ArrayTable, facts, losses
from chainruler_client import calls
from chainruler_client.results import Forward


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, and whether all lines are wanted."""
    documents.add_arguments(parser)
    documents.add_mode_argument(parser)
    parser.add_argument(
        "--include", action="append", choices=("intermediates",), help="every line before the outputs besides"
    )
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Compute, and write."""
    with asking.client(options) as client:
        problem = documents.problem_of(options, client, {"include"})
        include = options.include or [part for part in problem.get("include", ()) if part == "intermediates"]
        answer = asking.ask(client, calls.forward(problem, include=include))
    consoles.write(options, {"table": lambda: shown(answer.result), "json": lambda: consoles.json(answer.document)})
    return 0


def shown(result: Forward) -> RenderableType:
    """The loss and its parts, then the outputs, then the lines before them."""
    parts: list[RenderableType] = [facts(losses(result)), ""] if result.loss is not None else []
    parts.append(ArrayTable("outputs", {"": result.outputs}, "values"))
    if result.intermediates is not None:
        parts.append(ArrayTable("intermediates", result.intermediates, "values"))
    return Group(*parts)
