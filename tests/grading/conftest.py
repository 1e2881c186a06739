"""What holds for all tests of grading."""

from __future__ import annotations

import pytest

from chainruler.memory import LEDGER


@pytest.fixture(autouse=True)
def _nothing_is_graded_before() -> None:
    """Equal answers are graded once in a process; each test grades its own."""
    reports = LEDGER.caches.get("reports")
    if reports is not None:
        reports.clear()
