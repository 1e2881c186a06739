"""Over HTTP: what is sent, and what becomes of every fault on the way."""

import asyncio
import gzip
import socket
import time

import httpx
import numpy as np
import orjson
import pytest

from chainruler import textbook
from chainruler_client import AsyncClient, Client, ConnectionFailed, TimedOut, UnreadableAnswer
from chainruler_client.transport import SMALL
from tests.client.servers import LIVE, answering, listening

PROBLEM = textbook.problem("two_two_two")


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


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_body_is_sent_again_whole(size: int) -> None:
    """In one piece or in several: the second attempt sends the same bytes as the first."""
    seen: list[httpx.Request] = []
    busy, live = httpx.Response(503, headers={"Retry-After": "0"}), httpx.Response(200, json={})
    client = Client("http://x", transport=answering(busy, live, seen=seen))

    with pytest.raises(UnreadableAnswer):
        client.forward(PROBLEM, data={"x": np.ones((size, 2))})

    first, second = (request.content for request in seen)
    assert first == second
    assert len(first) == int(seen[1].headers["content-length"]) > 8 * size


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


@pytest.mark.parametrize("size", [0, 2 * SMALL])
def test_an_answer_that_a_proxy_has_compressed_is_read(size: int) -> None:
    """Nobody asked for it, but it may happen, to small answers and to large ones."""
    packed = gzip.compress(LIVE + b" " * size, compresslevel=0)
    response = httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})

    assert Client("http://x", transport=answering(response)).live().status == "live"


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://x", "http://", "", "unix:/x"])
def test_an_address_that_is_none_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the client is made, not at the first call."""
    monkeypatch.setenv("CHAINRULER_URL", address)

    with pytest.raises(ValueError, match="begins with http"):
        Client(address or "http:///x")


def test_a_service_that_drains_is_an_answer() -> None:
    """503 and "draining" is what the caller asked to know."""
    response = httpx.Response(503, json={"status": "draining", "version": "1"})

    assert Client("http://x", transport=answering(response)).ready().status == "draining"
