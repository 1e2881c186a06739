"""`chainruler completion`.

A script that has your shell complete this command. For this session: eval "$(chainruler completion bash)", the same
with zsh, or chainruler completion fish | source. For good, put that into ~/.bashrc or ~/.zshrc, or for fish the script
into ~/.config/fish/completions/chainruler.fish.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that you use")


def run(options: argparse.Namespace) -> int:
    """Write the script, which is made of the parsers of all subcommands."""
    import shtab  # noqa: PLC0415 (nobody else needs it)

    from chainruler.cli.main import whole_parser  # noqa: PLC0415 (it imports every subcommand)

    root = whole_parser()
    for action in arguments_of(root):
        if action.metavar == "FILE":
            action.complete = shtab.FILE  # type: ignore[attr-defined] # where shtab looks for it
    sys.stdout.write(shtab.complete(root, options.shell) + "\n")
    return 0


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a parser and of those below it."""
    for action in parser._actions:  # noqa: SLF001 (argparse has no public name for them)
        yield action
        if isinstance(action.choices, dict):
            for below in action.choices.values():
                yield from arguments_of(below)
