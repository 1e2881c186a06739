"""What it costs to import the client."""

import re
import subprocess

import pytest

from tests.support.repository import PYTHON, run


def test_httpx_and_the_service_are_imported_when_they_are_needed() -> None:
    """Neither the one for a local client, nor the other for one of a service."""
    code = "import sys, chainruler_client; print(*{'httpx', 'chainruler', 'asyncio'} & set(sys.modules))"

    assert run(PYTHON, "-c", code) == "\n"


@pytest.mark.alone
def test_the_client_is_imported_in_less_time_than_numpy() -> None:
    """In each of some fresh processes both are timed, so that a busy machine slows both; NumPy takes 80 to 150 ms."""
    code = "import numpy, chainruler_client"
    shares = []
    for _ in range(5):
        told = subprocess.run(
            [PYTHON, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
        ).stderr
        spent = {
            name: int(total)
            for total, name in re.findall(r"\| +(\d+) \| (numpy|chainruler_client)$", told, re.MULTILINE)
        }
        shares.append(spent["chainruler_client"] / spent["numpy"])

    assert min(shares) < 1.0
