"""What is said of the neighbours follows from what was measured."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks.engine.workloads import S
from benchmarks.neighbours import race as running
from benchmarks.neighbours import tables
from benchmarks.neighbours.contender import Contender
from benchmarks.neighbours.race import Found, Race
from benchmarks.report import Table
from benchmarks.service.load import Failed, Load, Request, Server, has_wrk, load
from benchmarks.timing import THOROUGH


def race(**rates: float) -> Race:
    """A race on S in which each contender had this rate, and took a second over it with its own client."""
    there = {one.name: one for one in tables.CONTENDERS}
    found = {
        ("S", name): Found([Load(rate, 0.5 / rate, 2 / rate, 1 / rate)], [1 / rate]) for name, rate in rates.items()
    }
    return Race([S], [there[name] for name in rates], found)


OURS = {"chainruler, JSON": 4000.0, "chainruler, base64": 5000.0, "chainruler, safetensors": 6000.0}


def cells(table: Table, name: str) -> list[str]:
    """The row of a contender."""
    return next(list(row) for row in table.rows if name in {cell.strip("*") for cell in row})


def test_everyone_is_compared_in_its_own_encoding() -> None:
    """Base64 is compared with base64, and the lead is a ratio of rates."""
    done = race(**OURS, **{"Tesseract, base64": 250.0, "UM-Bridge": 100.0})

    table = tables._under_load(done)  # noqa: SLF001 (the table that the ratio stands in)

    assert cells(table, "Tesseract, base64")[2:] == ["250", "2", "8", "4", "20 ×"]
    assert cells(table, "UM-Bridge")[-1] == "40 ×"
    assert cells(table, "chainruler, JSON")[-1] == ""


@pytest.mark.parametrize(
    ("rate", "said"),
    [(3999.0, "chainruler is ahead of each"), (4001.0, "Not ahead of: S, plain FastAPI, load (1.00 ×); S, plain")],
)
def test_a_neighbour_that_is_ahead_is_named(rate: float, said: str) -> None:
    """A lead that is none stands in the words above the summary."""
    assert said in tables._summary({}, race(**OURS, **{"plain FastAPI": rate})).reading  # noqa: SLF001


def test_who_is_left_out_has_a_row_with_the_reason() -> None:
    """Nobody goes missing silently, neither in the summary nor where it says how each is written."""
    absent = {one.name: "no wheel for this machine" for one in tables.CONTENDERS if one.needs}
    done = race(**OURS, **{"plain FastAPI": 900.0})

    summary, written = tables._summary(absent, done), tables._written(absent)  # noqa: SLF001

    assert cells(summary, "UM-Bridge")[1] == "left out: no wheel for this machine"
    assert all(cells(written, name)[1] == "left out: no wheel for this machine" for name in absent)
    assert cells(summary, "plain FastAPI")[1:] == ["900", "1.11"]


def test_who_fails_drops_out_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour of measuring is not lost because one of those that are measured breaks down."""
    names = ["plain FastAPI", "UM-Bridge", "chainruler, JSON"]
    contenders = [replace(one, serve=nobody) for one in tables.CONTENDERS if one.name in names]

    def called(one: Contender, *arguments: object) -> list[float]:
        if one.name == "UM-Bridge":
            raise Failed("its client ended with exit code 1")
        return [0.1]

    monkeypatch.setattr(running, "_turn", lambda *arguments: 0.0)
    monkeypatch.setattr(running, "called", called)
    monkeypatch.setattr(running, "has_wrk", lambda: False)

    done = running.race(contenders, THOROUGH)

    assert done.dropped == {"UM-Bridge": "S: its client ended with exit code 1"}
    assert {one.name for one in done.contenders} == {"plain FastAPI", "chainruler, JSON"}
    assert {workload.name for workload in done.workloads} == {"S", "M", "L"}
    calls = {len(done.found[w.name, one.name].calls) for w in done.workloads for one in done.contenders}
    assert calls == {running.ROUNDS}


@contextmanager
def nobody() -> Iterator[Server]:
    """A server that is not there."""
    yield Server("http://127.0.0.1:1", [])


SERVED = 0.02
"""Seconds that a post takes at least."""


@pytest.fixture
def recorded() -> Iterator[tuple[Server, list[tuple[int, str, bytes]]]]:
    """A server, and what each connection posted to it: its port, the path and the body."""
    posts: list[tuple[int, str, bytes]] = []

    class Recorder(BaseHTTPRequestHandler):
        """Answers every post with as many bytes as it brought."""

        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one write: two would wait for each other 40 ms

        def do_POST(self) -> None:
            time.sleep(SERVED)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.client_address[1], self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its name there)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Server(f"http://127.0.0.1:{server.server_address[1]}", []), posts
        server.shutdown()


@pytest.mark.skipif(not has_wrk(), reason="needs wrk")
@pytest.mark.parametrize("kinds", [1, 3])
def test_each_connection_posts_its_requests_in_turn(
    kinds: int, recorded: tuple[Server, list[tuple[int, str, bytes]]]
) -> None:
    """An answer takes all of its requests, so there are as many times fewer of them, and each takes longer."""
    server, posts = recorded
    requests = [Request(f"/{i}", b"x" * (i + 1)) for i in range(kinds)]

    done = load(server, requests, seconds=1, connections=2)

    assert {(path, len(body)) for _, path, body in posts} == {(f"/{i}", i + 1) for i in range(kinds)}
    for port in {port for port, _, _ in posts}:
        turns = [int(path[1:]) for connection, path, _ in posts if connection == port]
        assert turns == [(turns[0] + i) % kinds for i in range(len(turns))]
    assert kinds * SERVED <= done.p50 <= done.p99
    assert done.rate <= 2 / (kinds * SERVED)
