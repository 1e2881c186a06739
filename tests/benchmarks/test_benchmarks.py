"""The benchmarks run, and write what they measured; how fast anything is, is no test's business."""

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import command
from benchmarks.command import PARTS
from tests.support.repository import PYTHON, ROOT, run
from tests.support.sampling import share_of


def assert_complete(folder: Path, part: str) -> None:
    """The part has tables, each with rows whose first cells are filled, and all of them are in RESULTS.md."""
    text = (folder / "RESULTS.md").read_text()
    tables = json.loads((folder / "results" / f"{part}.json").read_text())["tables"]

    assert tables
    assert all(table["rows"] and all(all(row[:2]) for row in table["rows"]) for table in tables)
    assert all(f"### {table['title']}" in text for table in tables)


@pytest.mark.slow
def test_a_part_measures_and_writes_its_tables(tmp_path: Path) -> None:
    """Every workload of the engine agrees with the hand-written truth, and stands in RESULTS.md and in the JSON."""
    printed = run(PYTHON, "-m", "benchmarks", "engine", "--quick", "--into", tmp_path, cwd=ROOT)

    assert_complete(tmp_path, "engine")
    assert printed.strip() in (tmp_path / "RESULTS.md").read_text()


@pytest.mark.slow
@pytest.mark.alone
def test_one_command_measures_what_it_is_asked_for(tmp_path: Path) -> None:
    """`make bench` installs what it needs, and measures the parts of today; others are of another day."""
    parts = share_of(PARTS, 0.33, "benchmarks")
    typed = "make bench"
    run(*typed.split(), f"PARTS={' '.join(parts)}", "QUICK=1", f"INTO={tmp_path}", cwd=ROOT)

    for part in parts:
        assert_complete(tmp_path, part)


def test_an_unknown_part_is_refused() -> None:
    """A part that does not exist is named, with those that do."""
    done = subprocess.run([PYTHON, "-m", "benchmarks", "engin"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"there is no part engin; choose from {', '.join(PARTS)}" in " ".join(done.stderr.split())


def test_a_part_that_fails_keeps_no_other_from_being_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The results of the others are written, and the last word names the one that failed."""
    tried: list[str] = []

    def measured(part: str, into: Path, *, quick: bool) -> bool:
        tried.append(part)
        return part != "engine"

    monkeypatch.setattr(command, "measured", measured)

    with pytest.raises(SystemExit, match="failed, and left as they were: engine"):
        command.main(["engine", "service", "--into", str(tmp_path)])
    assert tried == ["engine", "service"]
    assert (tmp_path / "RESULTS.md").exists()
