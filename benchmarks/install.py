"""`python -m benchmarks.install` brings what only some rows need: PyTorch, and the neighbours in their environment.

What cannot be had here is no error. The reason is kept, and stands in the tables in place of figures.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NEIGHBOURS = ROOT / ".venv-neighbours"
NOTES = Path(sys.prefix) / "missing.json"
"""Why something is not there, by its name: written here, read when results are written."""
UNTRIED = "not installed in this environment: `make bench` tries to"


class Unavailable(Exception):
    """Something cannot be installed on this machine: the message says why."""


def missing(name: str) -> str | None:
    """Why `torch` or `neighbours` is not installed; None if it is."""
    there = importlib.util.find_spec(name) if name == "torch" else _python(NEIGHBOURS).exists()
    if there:
        return None
    notes: dict[str, str] = json.loads(NOTES.read_text(encoding="utf-8")) if NOTES.exists() else {}
    return notes.get(name, UNTRIED)


def install_torch() -> None:
    """PyTorch here, if pip finds a build that brings no CUDA: that one takes gigabytes, and nothing here runs on it."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["torch"]
    plan = json.loads(_pip(sys.executable, "--dry-run", "--report", "-", *wanted))
    names = {item["metadata"]["name"].lower() for item in plan["install"]}
    if any(name.startswith(("nvidia", "cuda")) for name in names):
        raise Unavailable(f"pip finds no build of {wanted[0]} without CUDA for this machine")
    _pip(sys.executable, *wanted)


def install_neighbours() -> None:
    """Tesseract and UM-Bridge, in an environment of their own: they ask for other versions of FastAPI than ours."""
    lock, installed = ROOT / "requirements" / "neighbours.lock", NEIGHBOURS / "installed.lock"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    venv.create(NEIGHBOURS, with_pip=False, clear=True)
    try:
        _pip(_python(NEIGHBOURS), "--require-hashes", "-r", str(lock))
    except Unavailable:
        _python(NEIGHBOURS).unlink()  # half an environment is none
        raise
    installed.write_bytes(lock.read_bytes())


def main() -> None:
    """Install what can be installed, and keep the reasons for the rest."""
    installers: dict[str, Callable[[], None]] = {"torch": install_torch, "neighbours": install_neighbours}
    notes: dict[str, str] = {}
    for name, install in installers.items():
        try:
            install()
        except Unavailable as why:
            notes[name] = str(why)
            print(f"{name}: left out. {why}")
    NOTES.write_text(json.dumps(notes), encoding="utf-8")


def _pip(python: str | Path, *arguments: str) -> str:
    """What `pip install` prints for another environment; its last error if it fails."""
    command: list[Any] = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install"]
    done = subprocess.run([*command, "--quiet", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise Unavailable("pip: " + (errors or [f"exit code {done.returncode}"])[-1])
    return done.stdout


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


if __name__ == "__main__":
    main()
