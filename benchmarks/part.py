"""`python -m benchmarks.part PART FOLDER quick|thorough` measures one part, saves and prints its results."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.timing import QUICK, THOROUGH

EFFORTS = {"quick": QUICK, "thorough": THOROUGH}


def main(part: str, into: str, effort: str) -> None:
    """Measure."""
    tables = importlib.import_module(f"benchmarks.{part}.tables")
    print(report.save(Path(into), part, tables.measure(EFFORTS[effort])).markdown(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
