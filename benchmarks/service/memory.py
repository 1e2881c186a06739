"""How much memory one large request takes, and how much of it stays."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx

from benchmarks.engine.workloads import L
from benchmarks.report import Table
from benchmarks.service.bodies import SAFETENSORS, json_body, safetensors_body
from benchmarks.service.load import Server, ours

MEGABYTE = 2**20
TRIMMED = 12.0
"""Seconds after which a worker has given back what it does not need."""


def memory(requests: int) -> Table:
    """The peak of one L request and what stays after many, in each encoding, in a new process each."""
    rows = []
    for content_type, body, most in (("application/json", json_body(L), 6), (SAFETENSORS, safetensors_body(L), 3)):
        with ours() as server, httpx.Client(timeout=60.0) as client:
            process = server.processes[0]
            client.post(f"{server.url}/v1/gradients", content=b"{}")
            before = _kilobytes(process, "VmRSS")
            Path(f"/proc/{process}/clear_refs").write_text("5")  # the peak counts from here
            _post(client, server, body, content_type)
            peak = _kilobytes(process, "VmHWM") - before
            for _ in range(requests - 1):
                _post(client, server, body, content_type)
            time.sleep(TRIMMED)
            kept = _kilobytes(process, "VmRSS") - before
        size = len(body) / MEGABYTE
        name = content_type.rpartition("/")[2].removeprefix("vnd.")
        told = f"{peak / 1024:.0f} MB, {peak / 1024 / size:.2f} ×"
        rows.append([f"{name}, body of {size:.1f} MB", told, f"≤ {most} ×"])
        rows.append([f"{name}, kept after {requests}", f"{kept / 1024:.0f} MB, {kept / 1024 / size:.2f} ×", ""])
    return Table("Memory of L", "What a worker grows by, against the body.", ["what", "measured", "target"], rows)


def can_be_measured() -> bool:
    """Whether the system tells the peak of a process: Linux does."""
    return sys.platform == "linux"


def _post(client: httpx.Client, server: Server, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type, "Accept": content_type}
    with client.stream("POST", f"{server.url}/v1/gradients", content=body, headers=headers) as answer:
        answer.raise_for_status()
        for _ in answer.iter_raw():
            pass


def _kilobytes(process: int, field: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(field)))
