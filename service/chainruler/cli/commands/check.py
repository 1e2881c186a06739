"""`chainruler check`.

Gradients against numeric ones, entry by entry: those that the problem claims under "gradients" or that a file has, and
otherwise this engine's own. The exit code is 1 if one of them is wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.reading import documents
from chainruler.cli.showing import consoles, numbers
from chainruler.cli.showing.tables import table
from chainruler_client import calls
from chainruler_client.results import Checked, Gradcheck

WRONG = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, and what is claimed of it."""
    documents.add_arguments(parser)
    documents.add_mode_argument(parser)
    parser.add_argument(
        "--gradients", metavar="FILE", type=Path, help="claimed gradients by name, in .json, .npz or .safetensors"
    )
    parser.add_argument("--entries", type=int, metavar="N", help="entries of each parameter that are probed; 200")
    parser.add_argument("--seed", type=int, metavar="N", help="which entries, where not all are probed; 0")
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Check, write, and say by the exit code whether all is right."""
    with asking.client(options) as client:
        problem = documents.problem_of(options, client, {"gradients"})
        if options.gradients is not None:
            problem["gradients"] = documents.named_arrays(options.gradients, "gradients")
        claimed = "gradients" in problem
        call = calls.gradcheck(problem, entries=options.entries, seed=options.seed)
        answer = asking.ask(client, call)
    result = answer.result
    formats: dict[str, consoles.Written] = {
        "table": lambda: shown(result, claimed=claimed),
        "json": lambda: consoles.json(answer.document),
    }
    consoles.write(options, formats)
    return 0 if result.correct else WRONG


def shown(result: Gradcheck, *, claimed: bool) -> RenderableType:
    """A row for each parameter, then what else there is to know."""
    rows = table(
        "parameter",
        "",
        "error",
        "worst at",
        "claimed" if claimed else "engine",
        "numeric",
        "entries",
        right=["error", "claimed", "engine", "numeric", "entries"],
    )
    for name, checked in result.parameters.items():
        rows.add_row(name, *_cells(checked))
    wrong = [name for name, checked in result.parameters.items() if not checked.correct]
    verdict = f"Wrong: {', '.join(wrong)}." if wrong else "All gradients are right."
    told = [Text(f"\n{verdict}", "bold red" if wrong else "bold green")]
    told.append(Text(f"By {result.method}; right is an error below {numbers.error(result.tolerance)}.", "dim"))
    told += [
        Text(f"{kink.line} is within {numbers.error(kink.distance)} of a kink: there, numbers may be of either side.")
        for kink in result.kinks
    ]
    return Group(rows, *told)


def _cells(checked: Checked) -> list[str | Text]:
    verdict = Text("right", "green") if checked.correct else Text("wrong", "bold red")
    worst = checked.worst
    probed = str(checked.entries) if checked.checked == checked.entries else f"{checked.checked} of {checked.entries}"
    values = [numbers.coloured(numbers.number(value, 6)) for value in (worst.analytic, worst.numeric)]
    return [verdict, numbers.error(checked.error), str(worst.index), *values, probed]
