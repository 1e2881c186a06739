"""`python -m tests.mutation [file …]` breaks the engine on purpose and counts who notices."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

from tests.mutation.equivalents import reason
from tests.mutation.judge import ENGINE, SURVIVED, judge_all, made_ready, watched
from tests.mutation.mutants import mutants_of
from tests.support.repository import ROOT

EQUIVALENT = "equivalent"
IN_COPY = "CHAINRULER_MUTATION_COPY"
FILES = [
    *sorted(p for p in (ENGINE / "primitives").glob("*.py") if p.stem != "__init__"),
    *(ENGINE / f"{name}.py" for name in ("simplify", "differentiate", "lift", "per_sample", "kernels")),
]


def in_a_copy() -> int:
    """Run this command again in a copy of the code, so that who goes on editing does not disturb it."""
    with tempfile.TemporaryDirectory(prefix="chainruler-mutation-") as folder:
        for name in ("service", "clients", "tests"):
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        paths = [folder, f"{folder}/service", f"{folder}/clients/python"]
        environment = {**os.environ, IN_COPY: folder, "PYTHONPATH": os.pathsep.join(paths)}
        return subprocess.run(
            [sys.executable, "-m", "tests.mutation", *sys.argv[1:]], cwd=folder, env=environment, check=False
        ).returncode


def main() -> None:
    """Judge every mutant; end with 1 if one survives that is not known to be equivalent."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", help="names of engine files without .py; all of them if none is named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=Fraction, default=Fraction(1), help="judge this share of the mutants")
    parser.add_argument("--again", type=Path, help="judge only what this output of an earlier run says survived")
    chosen = parser.parse_args()
    files = [file for file in FILES if not chosen.files or file.stem in chosen.files]
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    mutants = mutants[:: int(1 / chosen.sample)]
    if chosen.again:
        survivors = chosen.again.read_text(encoding="utf-8")
        mutants = [mutant for mutant in mutants if f"{mutant.place}: {mutant.change}\n" in survivors]
    made_ready()
    reached = watched()
    verdicts = {mutant: EQUIVALENT for mutant in mutants if reason(mutant)}
    for mutant, verdict in judge_all([m for m in mutants if m not in verdicts], reached, chosen.jobs):
        verdicts[mutant] = verdict
        if verdict == SURVIVED:
            sys.stdout.write(f"{verdict}: {mutant}\n")
        sys.stderr.write(f"\r{len(verdicts)} of {len(mutants)}")
        sys.stdout.flush()
    for file in files:
        sys.stdout.write(f"{file.stem}: {_counts(v for mutant, v in verdicts.items() if mutant.file == file)}\n")
    sys.stdout.write(f"{len(files)} files: {_counts(verdicts.values())}\n")
    raise SystemExit(1 if SURVIVED in verdicts.values() else 0)


def _counts(verdicts: Iterable[str]) -> str:
    """How many mutants there are, and how many of each verdict."""
    counted = Counter(verdicts)
    return ", ".join([f"{counted.total()} mutants", *(f"{count} {v}" for v, count in sorted(counted.items()))])


if __name__ == "__main__":
    if IN_COPY in os.environ:
        main()
    else:
        raise SystemExit(in_a_copy())
