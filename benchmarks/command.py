"""The command line of the benchmarks: which parts to measure, how long, and where to write."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import citations, report

HERE = Path(__file__).parent
PARTS = ("neighbours", "scaling", "engine", "service", "client", "grading")
"""The folders here that have a module `tables` with a function `measure(effort)`, in the order of their chapters."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the parts that are named, all of them if none is, and write the results of every part ever measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure and write benchmarks/RESULTS.md."
    )
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all of them if none is named")
    parser.add_argument("--quick", action="store_true", help="a few repetitions: shows that it runs, not how fast")
    parser.add_argument("--into", type=Path, default=HERE, help="the folder that gets RESULTS.md, results/, pictures/")
    chosen = parser.parse_args(arguments)
    unknown = [part for part in chosen.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    parts = chosen.parts or PARTS
    failed = [part for part in parts if not measured(part, chosen.into, quick=chosen.quick)]
    report.write(chosen.into, PARTS)
    if chosen.into == HERE:
        citations.renew()
    if failed:
        sys.exit(f"failed, and left as they were: {', '.join(failed)}")


def measured(part: str, into: Path, *, quick: bool) -> bool:
    """Whether a part could be measured, in a process of its own: what one loads or sets is nothing to the next."""
    command = [sys.executable, "-m", "benchmarks.part", part, str(into), "quick" if quick else "thorough"]
    return subprocess.run(command, check=False).returncode == 0
