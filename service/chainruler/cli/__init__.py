"""The command `chainruler`: one file for each subcommand in `commands`; what they read and show in rooms beside it."""

from chainruler.cli.main import main

__all__ = ["main"]
