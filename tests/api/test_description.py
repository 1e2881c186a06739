"""Requests made from the description, by schemathesis, and answers held to it."""

from pathlib import Path

import pytest

from tests.support.repository import TOOLS, run
from tests.support.sampling import ALL, seed
from tests.support.service import running

SLOWLY = ("--request-timeout", "30")  # beyond the deadline, which is the service's to keep
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.slow
def test_no_request_gets_an_answer_that_is_not_described() -> None:
    """All checks, many examples for each operation, and all links: no 5xx, no undocumented status, no broken answer.

    Each run has others, so that a hundred of them are reached in two.
    """
    examples = "100" if seed() == ALL else "50"
    with running(CHAINRULER_DEADLINE_SECONDS="20") as service:
        command = (TOOLS / "st", "--config-file", CONFIG, "run", f"{service.url}/openapi.json")
        printed = run(
            *command, "--max-examples", examples, "--checks", "all", "--continue-on-failure", "--no-color", *SLOWLY
        )

        assert "Stateful (disabled)" not in printed
        assert [line for line in service.log() if line["level"] == "error"] == []
        assert service.stop() == 0
