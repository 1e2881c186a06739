"""What a connection may do, seen from a raw socket: each of these would otherwise hold the service's sockets."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import orjson
import pytest

from tests.serving.raw import HEALTH, answer, code, connected
from tests.support.service import PATIENCE, Service, running

pytestmark = pytest.mark.alone


@contextmanager
def strict(**settings: str) -> Iterator[Service]:
    """A service that does not wait at its end."""
    with running(**settings) as service:
        yield service


@pytest.fixture(scope="module")
def impatient() -> Iterator[Service]:
    """A service that waits for nobody."""
    with strict(CHAINRULER_HEADER_SECONDS="0.5", CHAINRULER_ANSWER_SECONDS="0.5") as service:
        yield service


@pytest.mark.parametrize("setting", ["MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_ADDRESS"])
def test_too_many_connections_are_refused_and_room_is_made_again(setting: str) -> None:
    """The third of two is told to come back later, and is let in when one of them has gone."""
    with strict(**{f"CHAINRULER_{setting}": "2"}) as service, ExitStack() as opened:
        first, second = (opened.enter_context(connected(service)) for _ in range(2))
        second.sendall(HEALTH)
        assert second.recv(65536).startswith(b"HTTP/1.1 200")
        with connected(service) as third:
            status, problem = answer(third)
        first.close()
        time.sleep(0.2)
        with connected(service) as fourth:
            fourth.sendall(HEALTH)
            assert fourth.recv(65536).startswith(b"HTTP/1.1 200")

    assert (status, code(problem)) == (503, "busy")


def test_a_flood_of_connections_leaves_none_behind() -> None:
    """Hundreds that are refused cost the ones inside nothing, and the metrics have counted all of them out."""
    with strict(CHAINRULER_MAX_CONNECTIONS="3") as service, httpx.Client(timeout=PATIENCE) as client:
        client.get(f"{service.url}/health/live")
        for _ in range(10):
            with ExitStack() as opened:
                for _ in range(50):
                    opened.enter_context(connected(service))
                assert client.get(f"{service.url}/health/live").status_code == 200
        time.sleep(0.2)
        told = client.get(f"{service.url}/metrics").text

    assert "chainruler_connections 1\n" in told
    assert "chainruler_connections_total 501\n" in told


@pytest.mark.parametrize(
    ("sent", "status", "expected"),
    [
        pytest.param(b"NONSENSE\r\n\r\n", 400, "malformed_http", id="no HTTP"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_http", id="TLS"),
        pytest.param(
            b"POST /v1/step HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "malformed_http",
            id="two lengths of one body",
        ),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 99_999, 431, "headers_too_large", id="headers without end"),
        pytest.param(b"GET /" + b"a" * 300_000, 431, "headers_too_large", id="address without end"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: ", 408, "headers_too_slow", id="half a header"),
    ],
)
def test_what_is_no_request_is_a_problem_all_the_same(
    impatient: Service, sent: bytes, status: int, expected: str
) -> None:
    """Refused by the server itself, in the same words as everything else, and the connection ends."""
    with connected(impatient) as connection:
        connection.sendall(sent)
        told = answer(connection)

    assert (told[0], code(told[1])) == (status, expected)


def test_a_connection_without_a_request_is_closed(impatient: Service) -> None:
    """Who is silent from the beginning is not waited for."""
    with connected(impatient) as connection:
        began = time.monotonic()

        assert connection.recv(1) == b""
        assert time.monotonic() - began < 5


def test_an_answer_that_is_not_taken_is_not_kept(impatient: Service) -> None:
    """A client that asks for megabytes and reads nothing is cut, and what it asked for is let go."""
    shape = {"layers": [{"type": "linear", "units": 1000}]}
    problem = {"model": shape, "loss": {"type": "squared_error"}, "initialize": {"type": "he_normal", "seed": 0}}
    data = {"x": [[0.1] * 1000], "y": [[0.2] * 1000]}
    body = orjson.dumps({**problem, "data": data})
    head = b"POST /v1/gradients HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with connected(impatient) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(head + body)
        with httpx.Client(timeout=PATIENCE) as client:
            for number in (2, 1):
                wait_for(client, f"{impatient.url}/metrics", f"chainruler_connections {number}\n")


def wait_for(client: httpx.Client, url: str, text: str) -> None:
    """Ask until the text is in the answer."""
    deadline = time.monotonic() + 10
    while text not in client.get(url).text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
