"""The machine and the versions that a measurement was made with."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

COMPUTING = ("chainruler", "numpy", "autograd", "torch")
SERVING = ("fastapi", "pydantic", "uvicorn", "orjson", "pysimdjson", "httpx")


def describe() -> str:
    """One line: processor, cores, Python, BLAS and the versions of what was measured."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    versions = [f"{name} {found}" for name in (*COMPUTING, *SERVING) if (found := _version(name))]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"
    return f"{machine}; {', '.join([python, *versions])}, {blas['name']} {blas['version']}{_load_generator()}."


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _load_generator() -> str:
    """The version of wrk, where there is one."""
    if shutil.which("wrk") is None:
        return ""
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False).stdout
    return f", wrk {said.split()[1].rpartition('/')[2]}"


def _processor() -> str:
    """What the processor calls itself, where Linux tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
