"""What a class of 200 takes beyond the grading itself."""

import time
from pathlib import Path

import numpy as np
import pytest

from chainruler.calls.examples import CLASSIFIER
from chainruler_client import Client
from tests.cli.course import GRADIENTS, NO_PENALTY, RUBRIC, begin, grade

SIZE = 200
MOST = 1.5
"""How many times as long as the grading alone it may take: reading files, naming answers and writing the sheet."""


def test_a_class_takes_little_longer_than_its_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In time of this process, so that others on the same cores do not count; both have graded the problem before."""
    begin(tmp_path, monkeypatch)
    Path("large").mkdir()
    for number in range(SIZE):
        np.savez(f"large/{number:03}.npz", W2=NO_PENALTY if number % 2 else GRADIENTS["W2"], b2=GRADIENTS["b2"])
    files = sorted(Path("large").iterdir())
    ratios, lines = [], 0
    with Client.local() as client:
        for _ in range(3):
            begun = time.process_time()
            for file in files:
                client.grade(CLASSIFIER, dict(np.load(file)), rubric=RUBRIC)
            between = time.process_time()
            lines = len(grade("--format", "csv", "--workers", "1", submission="large").out.splitlines())
            ratios.append((time.process_time() - between) / (between - begun))

    assert min(ratios) < MOST
    assert lines == SIZE + 1
