"""What a subcommand is made of."""

from __future__ import annotations

import argparse
from typing import TypeAlias

# What `add_subparsers` returns, for which argparse has no public name.
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
