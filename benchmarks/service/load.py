"""Servers in processes of their own, and wrk in another: requests a second, latency, and CPU time a request."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
LONGEST = 600.0
SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Request:
    """What is posted."""

    path: str
    body: bytes
    content_type: str = "application/json"
    accept: str = "application/json"


class Failed(Exception):
    """A server did not answer as it should: the message says how often."""


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    url: str
    processes: Sequence[int]

    def cpu(self) -> float:
        """Seconds of CPU time that all its processes have used."""
        return sum(self.cpu_of(process) for process in self.processes)

    def cpu_of(self, process: int) -> float:
        """Seconds of CPU time that one of them has used."""
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What a run gave: answers a second, seconds an answer takes, seconds of the server's CPU time for each."""

    rate: float
    p50: float
    p99: float
    cpu: float


def has_wrk() -> bool:
    """Whether the load generator is there: Debian's package wrk."""
    return shutil.which("wrk") is not None


@contextlib.contextmanager
def serving(command: Sequence[str], path: str, **environment: str) -> Iterator[Server]:
    """A server started by a command that ends in a port, stopped at the end whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url + path)
        server = Server(url, [process.pid, *_children(process.pid)])
        _wait_until_idle(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def ours(workers: int = 1, **environment: str) -> contextlib.AbstractContextManager[Server]:
    """This service, without a line of log for each request, as the others have none."""
    command = [sys.executable, "-m", "chainruler", "serve", "--workers", str(workers), "--log-level", "warning"]
    return serving([*command, "--port"], "/health/live", CHAINRULER_DRAIN_SECONDS="0", **environment)


def uvicorn(app: str, path: str) -> contextlib.AbstractContextManager[Server]:
    """An ASGI application of the benchmarks."""
    return serving([sys.executable, "-m", "uvicorn", app, "--log-level", "error", "--no-access-log", "--port"], path)


def load(server: Server, requests: Sequence[Request], *, seconds: float, connections: int) -> Load:
    """So many connections that post the requests in turn, again and again; all of them together make one answer."""
    threads = connections if len(requests) > 1 else 1  # a thread has one clock, so it can time one connection's answers
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "120s"]
    with TemporaryDirectory() as folder:
        words: list[str] = []
        for i, request in enumerate(requests):
            file = Path(folder) / str(i)
            file.write_bytes(request.body)
            words += [request.path, str(file), request.content_type, request.accept]
        before = server.cpu()
        command += ["-s", str(SCRIPT), server.url, "--", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        used = server.cpu() - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)", done.stdout)
    if found is None:
        raise Failed(f"wrk said nothing of use: {done.stdout}{done.stderr}")
    sent, whole, duration, bad = (int(found[i]) for i in (1, 2, 3, 4))
    if not (bad or whole) and seconds < LONGEST:
        return load(server, requests, seconds=4 * seconds, connections=connections)  # it is slow, or the machine busy
    if bad or not whole:
        raise Failed(f"{bad} of {sent} requests to {requests[0].path} failed, {whole} answers were whole")
    answers = sent / len(requests)
    return Load(answers / (duration / 1e6), float(found[5]) / 1e6, float(found[6]) / 1e6, used / answers)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.05)
    raise Failed(f"Nothing answers at {url}.")


def _wait_until_idle(server: Server) -> None:
    """Wait for the workers that are still starting when the first of them answers."""
    deadline = time.monotonic() + PATIENCE
    used, before = server.cpu(), -1.0
    while used > before and time.monotonic() < deadline:
        time.sleep(0.5)
        used, before = server.cpu(), used


def _children(pid: int) -> list[int]:
    """The processes that a process has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]
