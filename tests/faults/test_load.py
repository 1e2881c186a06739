"""More requests than a service can answer, and what happens to it meanwhile: nobody gets a wrong answer."""

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from chainruler.calls.examples import CLASSIFIER, GRADE, STEP
from tests.faults.sending import Address
from tests.serving.workers import answering, slow_service
from tests.support.processes import Process
from tests.support.repository import ROOT
from tests.support.service import PATIENCE, Service, running

pytestmark = [pytest.mark.slow, pytest.mark.alone]

Requests = list[tuple[str, dict[str, Any]]]

CLIENTS = 64
TURNS = 1
"""How many small requests of each client /health/live may wait for at p99; 0.1 and 0.3 were seen."""
QUIET = {"CHAINRULER_LOG_LEVEL": "warning"}
SMALL: Requests = [("/v1/gradients", CLASSIFIER)]
LONG: Requests = [("/v1/step", {**STEP["ten steps of Adam"], "steps": 2_000}), ("/v1/grade", GRADE["a forgotten mean"])]
"""What is computed on the loop, and what in threads."""


def address(service: Service) -> Address:
    """Where it listens."""
    host, port = service.url.removeprefix("http://").split(":")
    return host, int(port)


@contextmanager
def loaded(
    service: Service, seconds: float, *, of: Requests = SMALL + LONG, patient: bool = True
) -> Iterator[Counter[str]]:
    """Meanwhile 64 clients ask without pause; at the end the counter has what they have seen."""
    requests = []
    for path, document in of:
        body = orjson.dumps(document)
        right = httpx.post(f"{service.url}{path}", content=body, timeout=PATIENCE)
        assert right.status_code == 200
        texts = {"body": body, "right": right.content}
        requests.append({"path": path, **{key: b64encode(value).decode() for key, value in texts.items()}})
    told: dict[str, Any] = {"url": service.url, "clients": CLIENTS, "seconds": seconds, "patient": patient}
    seen: Counter[str] = Counter()
    command = [sys.executable, str(Path(__file__).with_name("loading.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as clients:
        assert clients.stdin is not None
        assert clients.stdout is not None
        try:
            clients.stdin.write(json.dumps(told | {"requests": requests}))
            clients.stdin.close()
            yield seen
            seen.update(json.loads(clients.stdout.read()))
        finally:
            clients.kill()


class Probed:
    """A service that is asked the same over one connection, again and again."""

    def __init__(self, service: Service, opened: ExitStack, method: str, path: str, body: bytes | None = None) -> None:
        self.request = method, path, body
        self.connection = opened.enter_context(closing(HTTPConnection(*address(service), timeout=PATIENCE)))
        self.process = Process(service.process.pid)
        self.waits: list[tuple[float, float]] = []
        """The seconds that each answer took, and what the service worked meanwhile."""

    def ask(self) -> None:
        """Ask once."""
        began, worked = time.perf_counter(), self.process.worked
        self.connection.request(*self.request)
        assert self.connection.getresponse().read()
        self.waits.append((time.perf_counter() - began, self.process.worked - worked))

    @property
    def p99(self) -> tuple[float, float]:
        """The 99th percentile by the clock, and of the work in it."""
        return float(np.percentile(self.waits, 99, axis=0)[0]), float(np.percentile(np.min(self.waits, axis=1), 99))


@pytest.mark.parametrize(("of", "length"), [(SMALL, 15), (LONG, 15), (SMALL + LONG, 60)], ids=["small", "long", "both"])
def test_at_saturation(of: Requests, length: int) -> None:
    """64 clients get right answers or 503 with Retry-After; /health/live is answered; memory does not rise.

    Of the time that /health/live takes counts what the service worked in it: the machine may have others to serve. How
    much that may be follows from what a second service, which nobody else asks, works for a small request meanwhile: it
    has the same cores, as slow and as busy as they are. The milliseconds are in the benchmark of the service.
    """
    small = orjson.dumps(CLASSIFIER)
    with running(CHAINRULER_MAX_QUEUE="8", **QUIET) as service, running(**QUIET) as calm, ExitStack() as opened:
        live = Probed(service, opened, "GET", "/health/live")
        beside = Probed(calm, opened, "POST", "/v1/gradients", small)
        began, process = time.monotonic(), live.process
        memory: list[tuple[float, int]] = []
        with loaded(service, length, of=of) as seen:
            while time.monotonic() < began + length:
                live.ask()
                beside.ask()
                memory.append((time.monotonic() - began, process.resident))
                time.sleep(0.02)
        log = [line for line in service.log() if line["level"] == "error"]

    waited, worked = live.p99
    one_request = float(np.median(beside.waits, axis=0)[1])
    seconds, resident = np.array([one for one in memory if one[0] > length / 3]).T
    slope = np.polyfit(seconds, resident / 2**20, 1)[0] * 60
    print(  # noqa: T201  (pytest -s shows it)
        f"{dict(seen)}; live p99 {worked * 1e3:.0f} ms of work, {waited * 1e3:.0f} ms by the clock; "
        f"a small request beside it {one_request * 1e3:.2f} ms of work; {slope:+.1f} MB a minute"
    )
    assert set(seen) <= {"right", "busy"}
    assert seen["right"] >= 10
    assert worked < TURNS * CLIENTS * one_request
    assert slope < (10 if length > 30 else 60)
    assert log == []


def until_answered(service: Service) -> float:
    """How long a new client waits for an answer, who asks again where the connection went to a process that dies."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE:
        with suppress(httpx.NetworkError, httpx.RemoteProtocolError):
            assert httpx.get(f"{service.url}/health/live", timeout=PATIENCE).status_code == 200
            break
    return time.monotonic() - began


def test_a_worker_that_is_killed_under_load_spoils_no_answer() -> None:
    """Its connections break, also one that it was given as it died, and that is all: others are answered at once."""
    with slow_service(2, **QUIET) as service:
        before = answering(service, 2)
        with loaded(service, 12) as seen:
            time.sleep(4)
            os.kill(min(before), signal.SIGKILL)
            back = until_answered(service)
        after = answering(service, 2)

    assert set(seen) <= {"right", "busy", "broken"}
    assert 1 <= seen["broken"] <= CLIENTS
    assert back < 2
    assert min(before) not in after
    assert len(after) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_under_load_loses_nothing(workers: int) -> None:
    """Every request that was taken is answered, each client hears that its connection ends, and the code is 0."""
    with slow_service(workers, **{**QUIET, "CHAINRULER_DRAIN_SECONDS": "3"}) as service:
        answering(service, workers)
        with loaded(service, 60, patient=False) as seen:
            time.sleep(3)
            service.process.terminate()
            code = service.process.wait(PATIENCE)

    assert set(seen) <= {"right", "busy"}
    assert seen["right"] > CLIENTS
    assert code == 0
