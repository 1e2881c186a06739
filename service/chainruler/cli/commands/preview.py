"""`chainruler preview`.

How a formula is read, and what may stand in it, without a verdict; in the format of a notation, the formula alone. The
exit code is 1 if it cannot be read.
"""

from __future__ import annotations

import argparse
import sys

from rich.console import Group, RenderableType
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.reading import documents
from chainruler.cli.showing import consoles, numbers
from chainruler.cli.showing.mathematics import formula, symbol
from chainruler.cli.showing.tables import facts
from chainruler_client import calls
from chainruler_client.results import Preview

UNREADABLE = 1
NOTATIONS = ("latex", "mathml", "numpy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A formula, and the problem it is written for."""
    parser.add_argument("formula", metavar="FORMULA", help="in NumPy syntax, or in LaTeX; - is standard input")
    parser.add_argument("--problem", required=True, metavar="FILE", dest="file", help=documents.FILE)
    parser.add_argument("--answer", metavar="NAME", help="the answer it is meant for: W1")
    parser.add_argument("--latex", action="store_true", help="the formula is in LaTeX; told from the text unless said")
    documents.add_arrays_argument(parser)
    asking.add_arguments(parser)
    consoles.add_arguments(parser, *NOTATIONS)


def run(options: argparse.Namespace) -> int:
    """Have it read, and write how."""
    text = sys.stdin.read().strip() if options.formula == "-" else options.formula
    with asking.client(options) as client:
        problem = documents.problem_of(options, client)
        call = calls.preview(problem, text, answer=options.answer, syntax="latex" if options.latex else None)
        answer = asking.ask(client, call)
    read = answer.result.read_as
    if read is None and options.format in NOTATIONS:
        sys.stderr.write(f"chainruler: {answer.result.message}\n")
        return UNREADABLE
    formats: dict[str, consoles.Written] = {
        **{name: lambda name=name: f"{getattr(read, name)}\n".encode() for name in NOTATIONS},  # type: ignore[misc]
        "table": lambda: shown(answer.result),
        "json": lambda: consoles.json(answer.document),
    }
    consoles.write(options, formats)
    return 0 if answer.result.gradable else UNREADABLE


def shown(preview: Preview) -> RenderableType:
    """The formula as it is understood, or the place where it cannot be; and the symbols."""
    symbols = ", ".join(map(symbol, preview.symbols))
    if preview.read_as is None:
        where = [Text(preview.shown)] if preview.shown else []
        return Group(
            Text(preview.message or "It cannot be read.", "bold yellow"), *where, "", facts({"symbols": symbols})
        )
    told: dict[str, RenderableType] = {"taken for": preview.syntax} if preview.syntax else {}
    told |= {"notes": Text("\n".join(preview.notes))} if preview.notes else {}
    read = {"read as": formula(preview.read_as.numpy), **told, "shape": numbers.shape(preview.shape or [])}
    return facts(read | {"symbols": symbols})
