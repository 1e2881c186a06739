"""`chainruler grad`.

The loss and the gradient of every parameter: `chainruler grad two_two_two` for a worked system, `chainruler grad
problem.json` for your own. What is printed in JSON is what POST /v1/gradients answers.
"""

from __future__ import annotations

import argparse
from typing import get_args

from rich.console import Group, RenderableType

from chainruler.cli import asking
from chainruler.cli.reading import documents
from chainruler.cli.showing import consoles
from chainruler.cli.showing.tables import ArrayTable, facts, losses
from chainruler_client import calls
from chainruler_client.calls.computing import Included
from chainruler_client.results import Gradients


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, and what else is wanted."""
    documents.add_arguments(parser)
    documents.add_mode_argument(parser)
    parser.add_argument(
        "--include",
        action="append",
        choices=get_args(Included),
        help="what is wanted besides; may be said several times",
    )
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Compute, and write."""
    with asking.client(options) as client:
        problem = documents.problem_of(options, client, {"include"})
        answer = asking.ask(client, calls.gradients(problem, include=options.include or problem.get("include")))
    consoles.write(options, {"table": lambda: shown(answer.result), "json": lambda: consoles.json(answer.document)})
    return 0


def shown(result: Gradients) -> RenderableType:
    """The loss and its parts, then the gradients, then what was included."""
    parts: list[RenderableType] = [facts(losses(result)), "", ArrayTable("parameter", result.gradients)]
    if result.outputs is not None:
        parts.append(ArrayTable("outputs", {"": result.outputs}, "values"))
    for name, told in (
        ("intermediates", "values"),
        ("intermediate_gradients", "gradient"),
        ("input_gradients", "gradient"),
        ("per_sample", "gradients, samples in front"),
    ):
        arrays = getattr(result, name)
        if arrays is not None:
            parts.append(ArrayTable(name.replace("_", " "), arrays, told))
    return Group(*parts)
