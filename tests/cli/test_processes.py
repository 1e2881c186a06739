"""A class that several processes grade."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from chainruler.calls.examples import CLASSIFIER
from chainruler.cli.marking import Assignment, marked
from chainruler.cli.processes import CAN_FORK, results
from chainruler.cli.reading.submissions import PendingSubmission
from chainruler_client import Client
from tests.cli.course import GRADIENTS, NO_PENALTY, RUBRIC, begin, grade

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="one process grades a class on this machine")

SIZE = 40


def test_what_is_written_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, with files that cannot be read and files that are none among them, in every form and on stderr."""
    begin(tmp_path, monkeypatch)
    Path("many").mkdir()
    for number in range(SIZE):
        np.savez(f"many/{number:03}.npz", W2=NO_PENALTY * (1 + number % 3), b2=GRADIENTS["b2"])
    Path("many/005.npz").write_bytes(b"no archive")
    Path("many/007.json").write_text("{")
    Path("many/notes.pdf").write_text("")

    for form in ("csv", "json", "table"):
        one, three = (grade("--format", form, "--workers", n, submission="many") for n in "13")
        assert one == three
        assert "039" in one.out


def test_a_process_that_is_killed_costs_no_report() -> None:
    """The machine may take it for its memory; what it did not report is graded by the first process."""
    first = os.getpid()

    def answers(number: int) -> dict[str, object]:
        if number == SIZE // 2 and os.getpid() != first:
            os._exit(9)
        return {"b2": GRADIENTS["b2"] if number % 2 else GRADIENTS["b2"] * 2}

    handed = [PendingSubmission(str(number), partial(answers, number)) for number in range(SIZE)]
    with Client.local() as client:
        rows = list(marked(client, handed, Assignment(CLASSIFIER, RUBRIC), workers=2))

    assert [row.id for row in rows] == [str(number) for number in range(SIZE)]
    right = [one.full for row in rows if row.graded for one in row.graded.results if one.answer == "b2"]
    assert right == [bool(number % 2) for number in range(SIZE)]


def test_other_processes_do_the_work() -> None:
    """Each result is that of its number, and comes from a copy of this process."""
    work: Callable[[int], tuple[int, int]] = lambda number: (number, os.getpid())  # noqa: E731
    done = list(results(work, 100, 3))

    assert [number for number, _ in done] == list(range(100))
    assert 1 <= len({process for _, process in done} - {os.getpid()}) <= 3
