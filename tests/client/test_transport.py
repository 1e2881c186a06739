"""Over HTTP: what is sent, what becomes of every fault on the way, and how connections are kept."""

import asyncio
import gc
import gzip
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from chainruler import textbook
from chainruler_client import AsyncClient, Client, ConnectionFailed, TimedOut, Unavailable, UnreadableAnswer
from chainruler_client.transport import SMALL
from tests.client.asking import bits
from tests.support.service import Service, running

PROBLEM = textbook.problem("two_two_two")
LIVE = b'{"status":"live","version":"1"}'


def answering(*responses: httpx.Response | Exception, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    """A service that gives these answers in turn, the last of them for good."""
    left = list(responses)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        response = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(response, Exception):
            raise response
        return response

    return httpx.MockTransport(answer)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one's own: what it does with each connection, in a thread; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        serve(connection)
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_what_is_sent() -> None:
    """Path, key, headers of one's own, an id, and a body that says what it is."""
    seen: list[httpx.Request] = []
    transport = answering(httpx.Response(200, json={}), seen=seen)
    client = Client(
        "https://here.example/behind/", api_key="s3cret", headers={"X-Course": "9"}, transport=transport, retries=0
    )

    with pytest.raises(UnreadableAnswer):
        client.gradients(PROBLEM)

    (request,) = seen
    assert str(request.url) == "https://here.example/behind/v1/gradients"
    assert request.method == "POST"
    assert request.headers["authorization"] == "Bearer s3cret"
    assert request.headers["x-course"] == "9"
    assert len(request.headers["x-request-id"]) == 32
    assert request.headers["content-type"] == "application/json"
    assert orjson.loads(request.content) == PROBLEM
    assert "s3cret" not in repr(client)


def test_names_in_paths_are_quoted() -> None:
    """A name cannot lead out of its place."""
    seen: list[httpx.Request] = []
    client = Client("http://x", transport=answering(httpx.Response(404), seen=seen))

    with pytest.raises(Exception, match="404"):
        client.textbook_entry("../layers?a#b")

    assert seen[0].url.raw_path == b"/v1/textbook/..%2Flayers%3Fa%23b"


def test_a_failure_that_passes_is_not_noticed() -> None:
    """Twice busy, then an answer; both clients wait by the same generator."""
    busy, live = httpx.Response(503, headers={"Retry-After": "0"}), httpx.Response(200, content=LIVE)

    async def awaited() -> str:
        async with AsyncClient("http://x", transport=answering(busy, busy, live)) as client:
            return (await client.live()).status

    assert Client("http://x", transport=answering(busy, busy, live)).live().status == "live"
    assert asyncio.run(awaited()) == "live"


def test_a_connection_that_breaks_is_made_anew() -> None:
    """The first time it breaks, the second time there is an answer."""
    transport = answering(httpx.ReadError("reset"), httpx.Response(200, content=LIVE))

    assert Client("http://x", transport=transport).live().status == "live"


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (httpx.ConnectError("refused"), ConnectionFailed, "http://x cannot be reached: refused. Does the service run?"),
        (httpx.ConnectTimeout("late"), ConnectionFailed, "http://x cannot be reached: no connection in time."),
        (httpx.ReadError("reset"), ConnectionFailed, "The connection to http://x broke: reset"),
        (httpx.RemoteProtocolError("gone"), ConnectionFailed, "The connection to http://x broke: gone"),
        (httpx.ReadTimeout("late"), TimedOut, "http://x did not answer within 60 s."),
        (httpx.WriteTimeout("late"), TimedOut, "http://x did not answer within 60 s."),
        (httpx.PoolTimeout("late"), TimedOut, "http://x did not answer within 60 s."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_of_httpx_do_not_come_through(error: Exception, expected: type[Exception], words: str) -> None:
    """A caller catches one family of errors; the cause is there for who wants it."""
    with pytest.raises(expected) as caught:
        Client("http://x", transport=answering(error), retries=0).live()

    assert str(caught.value) == words
    assert caught.value.__cause__ is error


def test_nobody_there() -> None:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

    async def awaited() -> None:
        async with AsyncClient(url, retries=0) as client:
            await client.live()

    with pytest.raises(ConnectionFailed, match="Connection refused"):
        Client(url, retries=0).live()
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        asyncio.run(awaited())


def test_a_silent_service_is_given_up() -> None:
    """After the time that was given, once."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        time.sleep(0.5)

    with listening(serve) as url, pytest.raises(TimedOut, match=r"within 0\.2 s"):
        Client(url).with_options(timeout=0.2).live()

    assert len(asked) == 1


def test_the_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every tool does it; addresses that need none are asked directly."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65536).partition(b"\r\n")[0])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(LIVE), LIVE))

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with listening(serve) as url:
        monkeypatch.setenv("http_proxy", url)
        assert Client("http://far.example", retries=0).live().status == "live"
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert Client(url, retries=0).live().status == "live"

    assert asked == [b"GET http://far.example/health/live HTTP/1.1", b"GET /health/live HTTP/1.1"]


def test_an_answer_that_ends_in_the_middle_is_no_answer() -> None:
    """Half a body is a broken connection, not a result."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + LIVE)

    with listening(serve) as url, pytest.raises(ConnectionFailed, match="broke"):
        Client(url, retries=0).live()


def test_a_connection_that_the_service_closed_is_replaced() -> None:
    """Two calls with a pause in between, during which the service hangs up: the caller does not notice."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(LIVE), LIVE))

    with listening(serve) as url, Client(url, retries=0) as client:
        for _ in range(3):
            assert client.live().status == "live"
            time.sleep(0.05)


@pytest.mark.parametrize("size", [SMALL // 8 - 100, SMALL // 8 + 100, 500_000])
def test_answers_of_every_size_arrive(service: Service, size: int) -> None:
    """Those in one piece and those in many, with both clients; the arrays can be written to."""
    x = np.random.default_rng(0).normal(size=(size, 1))
    problem = {"model": {"layers": [{"type": "tanh"}]}, "data": {"x": x}}

    async def awaited() -> Any:
        async with AsyncClient(service.url) as client:
            return await client.forward(problem)

    with Client(service.url) as client:
        for result in (client.forward(problem), asyncio.run(awaited())):
            assert result.outputs.tobytes() == Client.local().forward(problem).outputs.tobytes()
            result.outputs[0] = 0.0


@pytest.mark.parametrize("size", [0, 2 * SMALL])
def test_an_answer_that_a_proxy_has_compressed_is_read(size: int) -> None:
    """Nobody asked for it, but it may happen, to small answers and to large ones."""
    packed = gzip.compress(LIVE + b" " * size, compresslevel=0)
    response = httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})

    assert Client("http://x", transport=answering(response)).live().status == "live"


def test_connections_are_kept_for_the_next_call(service: Service) -> None:
    """Many calls, also of clients with other options, share a connection; `close` ends it."""
    connections: list[socket.socket] = []

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            connections.append(response.extensions["network_stream"].get_extra_info("socket"))
            return response

    with Client(service.url, transport=Counting()) as client:
        for _ in range(3):
            client.live()
            client.with_options(timeout=3).gradients(PROBLEM)

    assert len(connections) == 6
    assert len({id(connection) for connection in connections}) == 1
    assert connections[0].fileno() == -1


def test_one_client_serves_many_threads(service: Service) -> None:
    """Results do not get mixed up."""
    problems = [{**PROBLEM, "data": {"x": [[i / 10, 1.0]], "y": [[0.0, 1.0]]}} for i in range(8)]
    found: dict[int, Any] = {}
    with Client(service.url) as client:
        threads = [
            threading.Thread(
                target=lambda i=i: found.update({i: [bits(client.gradients(problems[i])) for _ in range(20)]})
            )
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    local = Client.local()
    assert [i for i in range(8) if found[i] != [bits(local.gradients(problems[i]))] * 20] == []


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://x", "http://", "", "unix:/x"])
def test_an_address_that_is_none_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the client is made, not at the first call."""
    monkeypatch.setenv("CHAINRULER_URL", address)

    with pytest.raises(ValueError, match="begins with http"):
        Client(address or "http:///x")


def test_a_client_that_nobody_closes_leaves_nothing_behind(service: Service) -> None:
    """Its connections end with it, without a warning."""
    client = Client(service.url)
    client.live()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del client
        gc.collect()

    assert caught == []


def test_a_service_that_drains_is_an_answer() -> None:
    """503 and "draining" is what the caller asked to know."""
    response = httpx.Response(503, json={"status": "draining", "version": "1"})

    assert Client("http://x", transport=answering(response)).ready().status == "draining"


def test_keys_open_a_locked_service() -> None:
    """With the right key there is an answer, with none there is a refusal that says so."""
    from hashlib import sha256  # noqa: PLC0415  (one test)

    with running(CHAINRULER_API_KEYS=sha256(b"open").hexdigest(), CHAINRULER_DRAIN_SECONDS="0") as locked:
        assert Client(locked.url, api_key="open").layers().layers
        with pytest.raises(Exception, match="unknown_key"):
            Client(locked.url).layers()


def test_a_busy_service_is_waited_for() -> None:
    """Where the only thread computes and nobody may queue, a call is tried again until it is answered."""
    with running(CHAINRULER_THREADS="1", CHAINRULER_MAX_QUEUE="0", CHAINRULER_DRAIN_SECONDS="0") as busy:
        client = Client(busy.url, retries=60)
        long = threading.Thread(target=lambda: client.step(PROBLEM, optimizer={"type": "adam"}, steps=10_000))
        long.start()

        refused = False
        while long.is_alive() and not refused:
            try:
                client.with_options(retries=0).derivation(PROBLEM)
            except Unavailable as error:
                refused = error.code == "busy"

        assert refused
        assert client.derivation(PROBLEM).steps
        long.join()
