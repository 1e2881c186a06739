"""Attacks from a raw socket without a key, each bounded: none may take memory, time or everybody's place."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product

import httpx
import pytest

from tests.serving.raw import CHUNKED, HEALTH, answer, code, connected, flood
from tests.support.processes import Process
from tests.support.service import PATIENCE, Service, running

pytestmark = pytest.mark.xdist_group("promises")

CONNECTIONS = 40
LOCKED = {"CHAINRULER_API_KEYS": "0" * 64}
"""Nobody knows the key of this hash."""
UNENDED = b"GET /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
POSTED = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A service that nobody has a key to, with few connections."""
    with running(CHAINRULER_MAX_CONNECTIONS=str(CONNECTIONS), CHAINRULER_HEADER_SECONDS="4", **LOCKED) as started:
        yield started


@pytest.fixture(scope="module")
def opened() -> Iterator[Service]:
    """A service that asks for no key."""
    with running() as started:
        yield started


@pytest.mark.parametrize(
    ("opening", "piece"),
    [
        pytest.param(CHUNKED + b"0\r\n", b"a:b\r\n" * 1_000, id="many trailers"),
        pytest.param(CHUNKED + b"0\r\na:", b"b" * 5_000, id="a trailer without end"),
        pytest.param(CHUNKED + b"1;", b"e" * 5_000, id="a chunk extension without end"),
        pytest.param(CHUNKED, b"1;" + b"e" * 100 + b"\r\nx\r\n", id="a chunk extension with every byte"),
        pytest.param(CHUNKED[:-2], b"a:b\r\n" * 1_000, id="many short headers"),
    ],
)
def test_what_surrounds_a_body_is_bounded_like_headers(service: Service, opening: bytes, piece: bytes) -> None:
    """Megabytes of it are refused or cut, before the service has spent a tenth of them on memory."""
    process = Process(service.process.pid)
    before = process.resident
    with connected(service) as connection:
        connection.sendall(opening)
        sent = flood(connection, piece, 60_000_000)

    assert sent < 40_000_000
    assert process.resident - before < 4_000_000


def test_trailers_are_refused_with_their_code(opened: Service) -> None:
    """Bytes of trailers count with the headers: 431 where no answer had begun."""
    with connected(opened) as connection:
        connection.sendall(CHUNKED + b"2\r\n{}\r\n0\r\n")
        flood(connection, b"a:b\r\n" * 1_000, 700_000)
        status, problem = answer(connection)

    assert (status, code(problem)) == (431, "headers_too_large")


def test_an_answered_connection_cannot_be_held(service: Service) -> None:
    """An answer whose body has not ended is on a timer that no byte of the client stops."""
    ways = product([UNENDED, POSTED, HEALTH], [b"", b"x", b"\r\n"])
    with ExitStack() as opened:
        held = {way: opened.enter_context(connected(service, 12.0)) for way in ways}
        for (opening, bytes_after), connection in held.items():
            connection.sendall(opening)
            assert connection.recv(65536)
            connection.sendall(bytes_after)
        began = time.monotonic()
        for way, connection in held.items():
            while connection.recv(65536):
                pass

            assert time.monotonic() - began < 10, way


def test_a_body_behind_a_refusal_has_an_end(service: Service) -> None:
    """401 is answered before the body, and gigabytes behind it are not taken."""
    with connected(service) as connection:
        connection.sendall(CHUNKED)
        sent = flood(connection, b"100000\r\n" + b"x" * 2**20 + b"\r\n", 200 * 2**20)

    assert sent < 120 * 2**20


def test_pipelined_requests_have_an_end(service: Service) -> None:
    """Thousands of requests on one connection whose answers nobody reads are not kept in memory."""
    process = Process(service.process.pid)
    before = process.resident
    with connected(service) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        flood(connection, HEALTH * 5_000, 20_000_000)

    assert process.resident - before < 8_000_000


@pytest.mark.parametrize("sends", [b"", UNENDED + b"x"], ids=["silent", "held"])
def test_health_is_answered_when_every_connection_is_taken(service: Service, sends: bytes) -> None:
    """A probe has a place beyond the limit, even while others wait for one, and may ask for nothing else."""
    with ExitStack() as opened:
        for _ in range(CONNECTIONS + 100):
            opened.enter_context(connected(service)).sendall(sends)
        answers = {asked(service, b"/health/live") for _ in range(20)}
        refused = asked(service, b"/v1/layers")

    assert (answers, refused) == ({200}, 503)


def asked(service: Service, path: bytes) -> int:
    """The status of a GET on a connection of its own."""
    with connected(service) as connection:
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        return int(connection.recv(65536).split()[1])


def test_every_place_is_free_again_soon(service: Service) -> None:
    """Connections that are held by every trick at once are gone after the time for headers."""
    with ExitStack() as opened:
        for number in range(CONNECTIONS):
            opened.enter_context(connected(service)).sendall((UNENDED + b"x", POSTED, b"\r\n", HEALTH)[number % 4])
        deadline = time.monotonic() + 10
        while asked(service, b"/v1/layers") == 503:
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.parametrize(
    "request_line",
    [
        pytest.param(b"GET /health/live HTTP/1.1\r\n\r\n", id="no Host"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", id="two Hosts"),
        pytest.param(b"GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n", id="a version of its own"),
        pytest.param(b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="1.0 in chunks"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="gzip"),
    ],
)
def test_requests_that_two_parsers_would_read_differently_are_refused(service: Service, request_line: bytes) -> None:
    """400, and the connection ends."""
    with connected(service) as connection:
        connection.sendall(request_line)
        status, problem = answer(connection)

    assert (status, code(problem)) == (400, "malformed_http")


def test_refusals_are_counted_and_logged_in_few_lines() -> None:
    """What no application has seen is in the metrics by its code, and in the log once a second."""
    with running(CHAINRULER_MAX_CONNECTIONS="2") as service, ExitStack() as opened:
        client = opened.enter_context(httpx.Client(base_url=service.url, timeout=PATIENCE))
        client.get("/health/live")
        for _ in range(50):
            with connected(service) as connection:
                connection.sendall(b"NONSENSE\r\n\r\n")
                answer(connection)
        opened.enter_context(connected(service))
        with connected(service) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer(connection)
        told = client.get("/metrics").text
        time.sleep(1.5)
        lines = [str(line["event"]) for line in service.log() if str(line["event"]).startswith("refused ")]

    assert 'chainruler_refused_total{code="malformed_http"} 50\n' in told
    assert 'chainruler_refused_total{code="busy"} 1\n' in told
    assert sum(int(line.split()[1]) for line in lines if "malformed_http" in line) == 50
    assert len(lines) < 30


def test_a_batch_is_searched_once(opened: Service) -> None:
    """One byte after another behind 20 MB without a line break costs a small part of a processor."""
    with connected(opened) as connection:
        process = Process(opened.process.pid)
        connection.sendall(CHUNKED.replace(b"gradients", b"grade/batch"))
        connection.sendall(b"%x\r\n" % 20_000_000 + b"x" * 20_000_000 + b"\r\n")
        time.sleep(0.5)
        before, began = process.seconds, time.monotonic()
        for _ in range(1_000):
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.001)
        worked, took = process.seconds - before, time.monotonic() - began

    assert worked < 0.3 * took
