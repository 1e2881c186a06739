"""The command line of the benchmarks: which parts to measure, how long, and where to write."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path

from benchmarks import citations, report
from benchmarks.timing import QUICK, THOROUGH

HERE = Path(__file__).parent
PARTS = ("neighbours", "engine", "service")
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
    for part in chosen.parts or PARTS:
        tables = importlib.import_module(f"benchmarks.{part}.tables")
        found = tables.measure(QUICK if chosen.quick else THOROUGH)
        print(report.save(chosen.into, part, found).markdown(), flush=True)
    report.write(chosen.into, PARTS)
    if chosen.into == HERE:
        citations.renew()
