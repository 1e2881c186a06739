"""`chainruler layers`, `chainruler losses`, `chainruler optimizers`.

What a problem can be made of. With a name: that one alone, with an example of each of its forms.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.complaints import Complaint
from chainruler.cli.showing import consoles
from chainruler.cli.showing.documents import laid_out
from chainruler.cli.showing.tables import facts, table
from chainruler_client import calls
from chainruler_client.calls import Call
from chainruler_client.results import Part

CALLS: dict[str, Callable[[], Call[Any]]] = {
    "layers": calls.layers,
    "losses": calls.losses,
    "optimizers": calls.optimizers,
}
SHARED = {"type", "name", "parameters"}
"""Fields that go without saying in a list."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All, or one."""
    parser.add_argument("type", nargs="?", metavar="TYPE", help="the one to tell of; otherwise all")
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Look them up, and write."""
    kind = options.command
    with asking.client(options) as client:
        document = asking.ask(client, CALLS[kind]()).document
    found = {part["type"]: part for part in document[kind]}
    if options.type is None:
        parts = [Part.read(part) for part in found.values()]
        consoles.write(options, {"table": lambda: listed(parts), "json": lambda: consoles.json(document)})
        return 0
    if options.type not in found:
        close = get_close_matches(options.type, found, 1)
        hint = f'Did you mean "{close[0]}"?' if close else f"chainruler {kind} lists all of them."
        raise Complaint(f'"{options.type}" is none of the {kind}.', hint=hint)
    part = found[options.type]
    consoles.write(options, {"table": lambda: shown(Part.read(part)), "json": lambda: laid_out(part)})
    return 0


def listed(parts: list[Part]) -> RenderableType:
    """A row for each: what it is, and its fields."""
    rows = table("type", "what it is", "fields")
    for part in parts:
        what = prose(part).partition("\n")[0]
        fields = ", ".join(name for name in part.schema["properties"] if name not in SHARED)
        rows.add_row(Text(part.type, "bold"), what, Text(fields, "dim"))
    return rows


def shown(part: Part) -> RenderableType:
    """Everything about one."""
    required = part.schema.get("required", [])
    fields = {
        name: field(about, needed=name in required)
        for name, about in part.schema["properties"].items()
        if name != "type"
    }
    examples = "".join(laid_out(example).decode() for example in part.examples)
    return Group(Text(part.type, "bold"), f"{prose(part)}\n", facts(fields), Text("\nExamples", "bold"), examples)


def field(about: dict[str, Any], *, needed: bool) -> str:
    """What a field can be."""
    said = [", ".join(map(str, about["enum"]))] if "enum" in about else []
    default = about.get("default")
    if needed:
        said.append("required")
    elif default is None:
        said.append("optional")
    else:
        said.append(f"default {str(default).lower() if isinstance(default, bool) else default}")
    return "; ".join(said)


def prose(part: Part) -> str:
    """Its description, a paragraph to a line."""
    return "\n".join(re.sub(r"\s+", " ", text).strip() for text in part.description.split("\n\n"))
