"""`chainruler mistakes`.

The mistakes that the grader knows: `list` has all with the credit that each leaves, `explain CODE` tells of one.
"""

from __future__ import annotations

import argparse
from difflib import get_close_matches

from rich.console import Group, RenderableType
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.complaints import Complaint
from chainruler.cli.showing import consoles
from chainruler.cli.showing.documents import laid_out
from chainruler.cli.showing.numbers import number
from chainruler.cli.showing.tables import facts, table
from chainruler_client import calls
from chainruler_client.results.issued import Mistake


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All, or one."""
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    listing = actions.add_parser("list", help="all, with the credit that each leaves")
    explaining = actions.add_parser("explain", help="one of them, with its hints")
    explaining.add_argument("code", metavar="CODE", help="such as missing_mean")
    for action in (listing, explaining):
        asking.add_arguments(action)
        consoles.add_arguments(action)
    listing.set_defaults(code=None)


def run(options: argparse.Namespace) -> int:
    """List, or explain."""
    with asking.client(options) as client:
        document = asking.ask(client, calls.mistakes()).document
    known = {mistake["code"]: mistake for mistake in document["mistakes"]}
    if options.code is None:
        mistakes = [Mistake.read(one) for one in known.values()]
        consoles.write(options, {"table": lambda: listed(mistakes), "json": lambda: consoles.json(document)})
        return 0
    if options.code not in known:
        close = get_close_matches(options.code, known, 1)
        hint = f'Did you mean "{close[0]}"?' if close else "chainruler mistakes list shows all of them."
        raise Complaint(f'There is no mistake "{options.code}".', hint=hint)
    one = known[options.code]
    consoles.write(options, {"table": lambda: explained(Mistake.read(one)), "json": lambda: laid_out(one)})
    return 0


def listed(mistakes: list[Mistake]) -> RenderableType:
    """Code, title and credit."""
    rows = table("code", "title", "credit", right=["credit"])
    for one in mistakes:
        rows.add_row(one.code, one.title, number(one.credit))
    return rows


def explained(one: Mistake) -> RenderableType:
    """Everything that is told of one, at each level of hints."""
    step = one.step.replace("{line}", "the line")
    told = {"credit": f"{one.credit:g} of the points", "question": one.question, "step": step[:1].upper() + step[1:]}
    return Group(Text(one.title, "bold"), f"{one.explanation}\n", facts(told))
