"""`make serve` and `make test` on a fresh clone, where nothing is installed yet."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.support.repository import ROOT, run
from tests.support.service import PATIENCE

SLOWEST_START = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository")]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of what is committed."""
    run("git", "clone", "--quiet", ROOT, tmp_path / "clone")
    return tmp_path / "clone"


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_make_serve_answers_within_a_minute(clone: Path) -> None:
    """`make serve` installs, starts the service and prints its address; most of the time is pip's."""
    command, port = "make serve", free_port()
    environment = {**os.environ, "CHAINRULER_PORT": str(port)}
    started = time.monotonic()
    with subprocess.Popen(
        command.split(), cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            live = answer(f"http://127.0.0.1:{port}/health/live", started + SLOWEST_START)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
        printed = process.communicate(timeout=PATIENCE)[0]

    assert live.status_code == 200
    assert f"http://127.0.0.1:{port}/docs" in printed


def answer(url: str, deadline: float) -> httpx.Response:
    """The first answer at an address, or the last error when the time is over."""
    while True:
        try:
            return httpx.get(url, timeout=PATIENCE)
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_make_test_checks_everything(clone: Path) -> None:
    """`make test` names each tool of the gate; the run of this very test is the proof that they pass."""
    plan = run("make", "--dry-run", ["make", "test"][1], cwd=clone)

    assert all(tool in plan for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"))
    assert "--require-hashes" in plan
