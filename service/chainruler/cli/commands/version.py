"""`chainruler version`.

Print the version, on a line of its own.
"""

from __future__ import annotations

import argparse
import sys

from chainruler import __version__


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(_options: argparse.Namespace) -> int:
    """Print it."""
    sys.stdout.write(f"{__version__}\n")
    return 0
