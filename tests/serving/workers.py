"""A service whose workers can be told apart."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.support.service import PATIENCE, Service, running

SLOW_SERVICE = (sys.executable, str(Path(__file__).with_name("slow_service.py")))


def slow_service(workers: int, **environment: str) -> AbstractContextManager[Service]:
    """The service with the routes /slow and /who."""
    return running(str(workers), command=SLOW_SERVICE, **environment)


def answering(service: Service, number: int, without: int | None = None) -> set[int]:
    """The processes that answer, as soon as there are so many; connections wait while a worker starts."""
    seen: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while len(seen) < number and time.monotonic() < deadline:
        try:
            seen.add(httpx.get(f"{service.url}/who", timeout=PATIENCE).json())
        except httpx.ReadError:
            assert without is not None, "only a request that a dying worker had taken may fail"
        seen.discard(without or 0)
    return seen


@contextmanager
def one_client_each(service: Service, workers: int) -> Iterator[list[httpx.Client]]:
    """A client for each worker, as soon as there are so many; each keeps its connection, and so its worker."""
    answering(service, workers)
    with ExitStack() as opened:
        clients = [opened.enter_context(httpx.Client(base_url=service.url, timeout=PATIENCE)) for _ in range(workers)]
        assert len({client.get("/who").json() for client in clients}) == workers
        yield clients


def children(process: int) -> list[int]:
    """The direct children of a process."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def alive(process: int) -> bool:
    """Whether a process runs: one that ended and was not waited for does not."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
