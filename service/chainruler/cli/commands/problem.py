"""`chainruler problem`.

Problems to grade with. On unlucky numbers mistakes do not show: `new` draws numbers for a model on which they do, and
`audit` tells of a problem of yours which mistakes its numbers hide, with exit code 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from chainruler.calls.limits import RequestLimits
from chainruler.cli import asking
from chainruler.cli.reading import documents, seeds
from chainruler.cli.showing import consoles, numbers
from chainruler.cli.showing.documents import laid_out
from chainruler.cli.showing.mathematics import symbol
from chainruler.cli.showing.tables import facts, table
from chainruler.handlers.context import Context
from chainruler.handlers.problems import audited
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import ObjectiveRequest
from chainruler_client import Client, calls
from chainruler_client.results import Issued
from chainruler_client.results.issued import Hidden, Shown

FLAWED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A new one, or one that there is."""
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    new = actions.add_parser("new", help="numbers for a model, on which mistakes show")
    audit = actions.add_parser("audit", help="which mistakes the numbers of a problem hide; computed here")
    for action in (new, audit):
        action.add_argument("file", metavar="FILE", help=documents.FILE)
        action.add_argument(
            "--answers", metavar="NAMES", type=_names, help="the parameters that are asked for: W1,b1; otherwise all"
        )
    new.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same numbers; 0")
    seeds.add_argument(new)
    new.add_argument("--samples", type=int, metavar="N", help="how many samples; otherwise chosen")
    new.add_argument("--id", metavar="ID", help="whom the token is for: it is good with this id alone")
    new.add_argument("--rubric", metavar="FILE", help="what the token is graded by, in JSON")
    new.add_argument("--expires", metavar="MOMENT", help="when the token ends: 2027-01-31T23:59:00Z")
    asking.add_arguments(new)
    documents.add_arrays_argument(audit)
    audit.add_argument("--debug", action="store_true", help="show the traceback of an error")
    for action, does in ((new, draw), (audit, look)):
        consoles.add_arguments(action)
        action.set_defaults(action=does)


def run(options: argparse.Namespace) -> int:
    """Draw numbers, or look at those there are."""
    code: int = options.action(options)
    return code


def _names(text: str) -> list[str]:
    return text.split(",")


def draw(options: argparse.Namespace) -> int:
    """A problem with numbers."""
    with asking.client(options) as client:
        problem = documents.unwrapped(documents.document_of(options.file, client))
        seed = options.seed if options.seed_from is None else seeds.seed_from(options.seed_from)
        wanted = seeds.drawn(problem, seed)
        rubric = documents.document_of(options.rubric, client) if options.rubric is not None else None
        bound = {"id": options.id, "rubric": rubric, "expires": options.expires}
        call = calls.problems(**wanted, samples=options.samples, answers=options.answers, **bound)
        answer = asking.ask(client, call)
    formats: dict[str, consoles.Written] = {
        "table": lambda: issued(answer.result),
        "json": lambda: laid_out(answer.document),
    }
    consoles.write(options, formats)
    if consoles.chosen(options) != "table" and (doubt := _doubt(answer.result.report)):
        sys.stderr.write(f"chainruler: {doubt}\n")
    return 0


def _doubt(report: Shown) -> str:
    """What the numbers do not show, in one line; nothing if they show everything."""
    zero = f"the right gradient by {', '.join(report.zero)} is 0, so that zeros are right" if report.zero else ""
    if not report.invisible and not report.indistinguishable:
        return f"{zero}." if zero else ""
    alike = f", and some cannot be told apart: {len(report.indistinguishable)}" if report.indistinguishable else ""
    also = f"; {zero}" if zero else ""
    return (
        f"{report.visible} of {report.mistakes} mistakes show{alike}; chainruler problem audit lists the others{also}."
    )


def look(options: argparse.Namespace) -> int:
    """What the numbers of a problem hide."""
    with Client.local() as client:
        problem = documents.problem_of(options, client)
    document = audited(
        read_request(ObjectiveRequest, problem), options.answers, Context(RequestLimits().of_computing())
    )
    report = Shown.read(document)
    formats: dict[str, consoles.Written] = {
        "table": lambda: shown(report),
        "json": lambda: consoles.json(document),
    }
    consoles.write(options, formats)
    return FLAWED if report.invisible or report.indistinguishable or report.zero else 0


def issued(found: Issued) -> RenderableType:
    """What the numbers show; the numbers themselves are for a file."""
    saved = facts({"seed": found.seed, "": "-o problem.json writes the problem to a file"})
    return Group(saved, "", shown(found.report))


def shown(report: Shown) -> RenderableType:
    """How many mistakes show, and which do not."""
    kinks = "none" if report.distance_from_kinks is None else numbers.number(report.distance_from_kinks, 3)
    told: RenderableType = facts(
        {
            "sizes": ", ".join(f"{name} {size}" for name, size in report.sizes.items()),
            "mistakes": f"{report.visible} of {report.mistakes} show",
            "nearest kink": kinks,
        }
    )
    if report.zero:
        told = Group(told, Text(f"\nRight is 0, so that zeros show nothing: {', '.join(report.zero)}.", "bold yellow"))
    if not report.invisible and not report.indistinguishable:
        return Group(told, Text("\nEvery mistake shows, and can be told from every other.", "bold green"))
    parts = [("These do not show", report.invisible), ("These look alike", report.indistinguishable)]
    return Group(told, *(part for words, hidden in parts for part in _hidden(words, hidden)))


def _hidden(words: str, hidden: Sequence[Hidden]) -> Iterator[RenderableType]:
    """Mistakes under the reason why they are hidden."""
    for why, several in groupby(hidden, key=lambda one: one.why):
        rows = table("in", "what")
        for one in several:
            lines = ", ".join(dict.fromkeys(map(symbol, one.lines)))
            rows.add_row(lines, "; ".join(one.changes))
        yield from (Text(f"\n{words}: {why}.", "bold yellow"), "", rows)
