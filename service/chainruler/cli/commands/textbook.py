"""`chainruler textbook`.

Worked systems, each a complete problem. `list` names them, `show NAME` tells of one, and in JSON it is a file to begin
with: chainruler textbook show two_two_two > problem.json.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.showing import consoles
from chainruler.cli.showing.documents import laid_out
from chainruler.cli.showing.tables import ArrayTable, facts, table
from chainruler_client import calls
from chainruler_client.results import Listed, TextbookEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All, or one."""
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    listing = actions.add_parser("list", help="the names of all")
    showing = actions.add_parser("show", help="one of them, as a problem")
    showing.add_argument("name", metavar="NAME", help="such as two_two_two")
    for action, does in ((listing, list_all), (showing, show)):
        asking.add_arguments(action)
        consoles.add_arguments(action)
        action.set_defaults(action=does)


def run(options: argparse.Namespace) -> int:
    """List or show."""
    options.action(options)
    return 0


def list_all(options: argparse.Namespace) -> None:
    """Every system with its title."""
    with asking.client(options) as client:
        answer = asking.ask(client, calls.textbook())
    formats: dict[str, consoles.Written] = {
        "table": lambda: listed(answer.result.textbook),
        "json": lambda: consoles.json(answer.document),
    }
    consoles.write(options, formats)


def show(options: argparse.Namespace) -> None:
    """One system whole."""
    with asking.client(options) as client:
        answer = asking.ask(client, calls.textbook_entry(options.name))
    formats: dict[str, consoles.Written] = {
        "table": lambda: shown(answer.result),
        "json": lambda: laid_out(answer.document),
    }
    consoles.write(options, formats)


def listed(entries: list[Listed]) -> RenderableType:
    """Names and titles."""
    rows = table("name", "title")
    for entry in entries:
        rows.add_row(entry.name, entry.title)
    return rows


def shown(entry: TextbookEntry) -> RenderableType:
    """What it is about, what it is made of, and what can be done with it."""
    problem = entry.problem
    made_of = {
        "layers": " → ".join(layer["type"] for layer in problem["model"]["layers"]),
        "loss": described(problem["loss"]),
        **({"penalty": described(problem["regularization"])} if problem.get("regularization") else {}),
        **({"training": described(entry.training["optimizer"])} if entry.training else {}),
    }
    arrays = {name: np.asarray(values) for name, values in {**problem["parameters"], **problem["data"]}.items()}
    next_ones = Table.grid(padding=(0, 2, 0, 0))
    next_ones.add_column(style="bold", no_wrap=True)  # in one line each, to be copied
    commands = {
        f"chainruler grad {entry.name}": "the loss and all gradients",
        f"chainruler derive {entry.name}": "the derivation, line by line",
        f"chainruler textbook show {entry.name} -o problem.json": "the problem as a file",
    }
    for command, does in commands.items():
        next_ones.add_row(command, does)
    title = Text(f"{entry.title}\n", "bold").append(f"{entry.about}\n", "not bold")
    return Group(title, facts(made_of), "", ArrayTable("array", arrays, "values"), "", next_ones)


def described(part: dict[str, Any]) -> str:
    """A loss or the like in one line: squared_error, scale 0.5."""
    return ", ".join(str(value) if key == "type" else f"{key} {value}" for key, value in part.items())
