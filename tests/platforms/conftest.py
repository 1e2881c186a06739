"""The tools of grading platforms, in an environment of their own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT, TOOLS

ENVIRONMENT = ROOT / ".venv-platforms"
LOCK = ROOT / "requirements" / "platforms.lock"
STAMP = ENVIRONMENT / "installed"


@pytest.fixture(scope="session")
def tools() -> Path:
    """The programs of the environment, installed from the lock unless they are already."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not STAMP.exists() or STAMP.read_text() != wanted:
        _install()
        STAMP.write_text(wanted)
    return ENVIRONMENT / "bin"


def _install() -> None:
    """Make the environment anew; that it cannot be had here skips the tests that need it, and says why."""
    uv, python = str(TOOLS / "uv"), str(ENVIRONMENT / "bin" / "python")
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)],
        [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(LOCK)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"The tools of the platforms cannot be installed here: {done.stderr[-500:]}")
    (site,) = (ENVIRONMENT / "lib").glob("python*/site-packages")
    (site / "chainruler.pth").write_text(f"{ROOT / 'service'}\n{ROOT / 'clients' / 'python'}\n")
