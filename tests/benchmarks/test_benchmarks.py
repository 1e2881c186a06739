"""The benchmarks run, and write what they measured; how fast anything is, is no test's business."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.repository import PYTHON, ROOT, run


@pytest.mark.parametrize("part", ["engine"])
def test_a_part_measures_and_writes_its_tables(part: str, tmp_path: Path) -> None:
    """Every workload of a part runs, agrees with the hand-written truth, and stands in RESULTS.md and in the JSON."""
    printed = run(PYTHON, "-m", "benchmarks", part, "--quick", "--into", tmp_path, cwd=ROOT)
    tables = json.loads((tmp_path / "results" / f"{part}.json").read_text())["tables"]

    assert printed.strip() == (tmp_path / "RESULTS.md").read_text().strip()
    assert tables
    assert all(table["rows"] and all(all(row[:2]) for row in table["rows"]) for table in tables)
    assert all(f"### {table['title']}" in printed for table in tables)


def test_an_unknown_part_is_refused() -> None:
    """A part that does not exist is named, with those that do."""
    done = subprocess.run([PYTHON, "-m", "benchmarks", "engin"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "there is no part engin; choose from engine" in done.stderr
