"""Where requests are computed, in a real process: what is quick is never behind what is not."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from chainruler.memory.machine import cores
from tests.support.service import PATIENCE, Service, running


def network(sizes: tuple[int, ...], samples: int) -> dict[str, Any]:
    """A classifier of these sizes."""
    random = np.random.default_rng(0)
    layers: list[dict[str, Any]] = []
    for units in sizes[1:]:
        layers += [{"type": "linear", "units": units}, {"type": "relu"}]
    return {
        "model": {"layers": layers[:-1]},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "he_normal", "seed": 0},
        "data": {"x": random.normal(size=(samples, sizes[0])), "y": np.arange(samples) % sizes[-1]},
    }


def body(document: dict[str, Any]) -> bytes:
    """The document as JSON."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


pytestmark = pytest.mark.alone

TRAINING = body(network((64, 128, 10), 256) | {"optimizer": {"type": "sgd", "learning_rate": 1e-4}, "steps": 2000})
"""Some seconds of steps, each a millisecond."""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One worker with a short queue."""
    with running(CHAINRULER_MAX_QUEUE="1", CHAINRULER_DEADLINE_SECONDS="20") as started:
        yield started


def trains(service: Service, seconds: float = PATIENCE) -> httpx.Response | None:
    """The answer to a long training; None if it is given up after so many seconds."""
    try:
        return httpx.post(f"{service.url}/v1/step", content=TRAINING, timeout=seconds)
    except httpx.ReadTimeout:
        return None


def large() -> dict[str, Any]:
    """A body of 24 MB whose answer is as long."""
    random = np.random.default_rng(0)
    problem = network((1024, 1024, 10), 64)
    del problem["initialize"]
    sizes = {"W1": (1024, 1024), "b1": (1024,), "W2": (10, 1024), "b2": (10,)}
    return problem | {"parameters": {name: random.normal(size=size) / 32 for name, size in sizes.items()}}


LOOP = """
import http.client, sys
content, (host, port, path) = sys.stdin.buffer.read(), sys.argv[1:]
connection = http.client.HTTPConnection(host, int(port))
while True:
    connection.request("POST", path, content)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
"""


@contextmanager
def looping(service: Service, path: str, content: bytes, clients: int) -> Iterator[None]:
    """Meanwhile so many clients, each in a process of its own, post the same again and again."""
    with TemporaryFile() as file, ExitStack() as opened:
        file.write(content)
        loops = []
        for _ in range(clients):
            file.seek(0)
            command = [sys.executable, "-c", LOOP, *map(str, address(service)), path]
            loops.append(opened.enter_context(subprocess.Popen(command, stdin=file)))
            opened.callback(loops[-1].kill)
            time.sleep(0.5)
        yield
        assert [loop.poll() for loop in loops] == [None] * clients


def probed(services: Sequence[Service], times: int) -> list[float]:
    """The 99th percentile of the seconds in which each service, in turn with the others, answers /health/live."""
    connections = [HTTPConnection(*address(service), timeout=PATIENCE) for service in services]
    seconds: list[list[float]] = [[] for _ in services]
    for _ in range(times):
        for connection, of in zip(connections, seconds, strict=True):
            began = time.perf_counter()
            connection.request("GET", "/health/live")
            assert connection.getresponse().read()
            of.append(time.perf_counter() - began)
        time.sleep(0.005)
    for connection in connections:
        connection.close()
    return [sorted(of)[int(times * 0.99)] for of in seconds]


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize(
    ("path", "document"), [("/v1/step", TRAINING), ("/v1/gradients", large())], ids=["trains", "reads and writes"]
)
def test_health_is_answered_while_all_cores_work(service: Service, path: str, document: Any) -> None:
    """Beside clients that keep every thread busy, /health/live takes less than 50 ms at p99.

    The time that an idle service beside it takes is what the machine takes, and does not count; on a slow machine six
    times that may be more than 50 ms.
    """
    content = document if isinstance(document, bytes) else body(document)
    with running() as idle, looping(service, path, content, cores()):
        time.sleep(1)
        busy, control = probed([service, idle], 300)

    assert busy < max(0.05 + control, 6 * control)


def test_the_queue_has_an_end(service: Service) -> None:
    """Beyond the threads and the queue, a request is told at once to come back later; the others are not harmed."""
    with ThreadPoolExecutor(cores() + 3) as pool:
        began = [pool.submit(trains, service) for _ in range(cores() + 3)]
        answers = [one.result() for one in began]

    statuses = sorted(answer.status_code for answer in answers if answer is not None)
    assert statuses == [200] * (cores() + 1) + [503] * 2
    refused = [answer for answer in answers if answer is not None and answer.status_code == 503]
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert max(answer.elapsed.total_seconds() for answer in refused) < 1.5


def test_a_client_that_goes_makes_room(service: Service) -> None:
    """Who hangs up has its training stopped, so that threads and queue are free again at once."""
    with ThreadPoolExecutor(cores() + 1) as pool:
        assert [one.result() for one in [pool.submit(trains, service, 0.4) for _ in range(cores() + 1)]] == [None] * (
            cores() + 1
        )
    time.sleep(0.3)
    began = time.perf_counter()
    answer = httpx.post(f"{service.url}/v1/gradients", content=body(network((4, 3), 5)), timeout=PATIENCE)

    assert answer.status_code == 200
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "in chunks"])
def test_a_large_body_is_refused_while_it_comes(service: Service, declared: bool) -> None:
    """The client reads the 413 although it has not sent all of its body, and the service has not kept it."""
    size, piece = 200 * 2**20, b" " * 2**20
    before = memory(service)
    with socket.create_connection(address(service), timeout=PATIENCE) as connection:
        length = f"Content-Length: {size}" if declared else "Transfer-Encoding: chunked"
        connection.sendall(f"POST /v1/gradients HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n".encode())
        try:
            for _ in range(size // len(piece)):
                connection.sendall(piece if declared else b"100000\r\n" + piece + b"\r\n")
        except OSError:
            pass  # closed at last: what counts is that the answer came before
        head = connection.recv(65536)

    assert head.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in head.lower()
    assert memory(service) - before < 80 * 2**20


def test_a_client_that_sends_before_it_reads_learns_why_it_is_refused(service: Service) -> None:
    """What it still sends is taken for a while: a connection closed on it would be reset, and the answer lost."""
    with socket.create_connection(address(service), timeout=PATIENCE) as connection:
        size = 34 * 2**20
        connection.sendall(f"POST /v1/gradients HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(34):
            connection.sendall(b" " * 2**20)
            time.sleep(0.005)

        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("sent", ["POST /v1/gradients HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"])
def test_a_body_that_trickles_is_cut_at_the_deadline(sent: str) -> None:
    """A byte now and then does not keep a request alive: 408 when its time is over."""
    with (
        running(CHAINRULER_DEADLINE_SECONDS="1") as service,
        socket.create_connection(address(service), timeout=PATIENCE) as connection,
    ):
        connection.sendall(sent.encode())
        connection.settimeout(0.1)
        began, answer = time.monotonic(), b""
        while not answer and time.monotonic() - began < 10:
            connection.sendall(b" ")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue

        assert answer.startswith(b"HTTP/1.1 408")
        assert 0.9 < time.monotonic() - began < 4


def test_computing_is_cut_at_the_deadline() -> None:
    """503 without Retry-After, because the same request would take as long again; the thread is free soon after."""
    with running(CHAINRULER_DEADLINE_SECONDS="0.5", CHAINRULER_THREADS="1") as service:
        late = trains(service)
        time.sleep(0.2)
        after = httpx.post(f"{service.url}/v1/gradients", content=body(network((4, 3), 5)), timeout=PATIENCE)

    assert late is not None
    assert (late.status_code, late.json()["errors"][0]["code"]) == (503, "took_too_long")
    assert "retry-after" not in late.headers
    assert after.status_code == 200


def test_two_workers_answer_the_same_bytes_as_one(service: Service) -> None:
    """Which process answers, and how often it has, makes no difference to a single bit; and their counts are one."""
    request = body(network((4, 8, 3), 30))
    alone = httpx.post(f"{service.url}/v1/gradients", content=request).content
    with running("--workers", "2") as two:
        answers = {httpx.post(f"{two.url}/v1/gradients", content=request, timeout=PATIENCE).content for _ in range(20)}
        counts = [httpx.get(f"{two.url}/metrics").text for _ in range(8)]

    assert answers == {alone}
    assert all('chainruler_requests_total{route="/v1/gradients",status="200"} 20\n' in told for told in counts)


def address(service: Service) -> tuple[str, int]:
    """Host and port."""
    host, port = service.url.removeprefix("http://").split(":")
    return host, int(port)


def memory(service: Service) -> int:
    """The bytes that the process has in memory."""
    return int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]) * 4096
