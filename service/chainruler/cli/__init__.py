"""The command `chainruler`: one file for each subcommand."""

from chainruler.cli.main import main

__all__ = ["main"]
