"""Reading the command line and handing it to a subcommand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from chainruler.cli import serve, version

# A subcommand is a module with `add(subparsers)`, which names it, its options and the function that runs it.
COMMANDS = (serve, version)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that the arguments name; its exit code is returned, 2 for arguments that make no sense."""
    options = parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    root = argparse.ArgumentParser(prog="chainruler", description="What is the gradient, and is mine right?")
    subparsers = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(subparsers)
    return root
