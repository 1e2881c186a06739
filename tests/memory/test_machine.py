"""How much memory a worker may have, by default and as it is told."""

from pathlib import Path

import pytest

from chainruler.memory import machine
from chainruler.memory.machine import memory_of_worker, resident


def test_what_is_configured_is_shared_among_the_workers() -> None:
    """All workers together may have what is configured."""
    assert memory_of_worker(900, 3) == 300


@pytest.mark.parametrize(
    ("lines", "limits", "expected"),
    [
        (["0::/a/b"], {"a/memory.max": "7000\n", "a/b/memory.max": "max\n"}, 6300),
        (["0::/a"], {"a/memory.max": "9000\n", "memory.max": "5000\n"}, 4500),
        (["4:memory:/a", "1:cpu:/a"], {"memory/a/memory.limit_in_bytes": "2000\n"}, 1800),
    ],
    ids=["of the group around it", "of the whole hierarchy", "of version 1"],
)
def test_the_limit_of_a_container_counts(
    lines: list[str], limits: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lowest limit of the control group and of those around it is the service's, less some headroom."""
    for name, text in limits.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    own = tmp_path / "own"
    own.write_text("\n".join(lines))
    find = machine._limit_files  # noqa: SLF001  (no other machine is at hand)
    monkeypatch.setattr(machine, "_limit_files", lambda: find(tmp_path, own))

    assert memory_of_worker(0, 1) == expected


def test_without_a_limit_a_part_of_the_machine_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers share it; and what is in memory already is less than that."""
    monkeypatch.setattr(machine, "_limit_files", list)

    assert memory_of_worker(0, 2) == memory_of_worker(0, 1) // 2 > resident() // 2 > 1_000_000
