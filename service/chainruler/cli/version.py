"""`chainruler version`."""

from __future__ import annotations

import argparse
import sys

from chainruler import __version__
from chainruler.cli.command import Subparsers


def add(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser("version", help="print the version")
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Print the version on a line of its own."""
    sys.stdout.write(f"{__version__}\n")
    return 0
