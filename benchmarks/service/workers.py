"""What two workers do: how much more than one, and whether what is small waits for what is large."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from statistics import median

from benchmarks.engine.workloads import L, S
from benchmarks.report import Table
from benchmarks.service.bodies import json_body
from benchmarks.service.load import Load, Request, Server, load, ours

CONNECTIONS = 8
SMALL = Request("/v1/gradients", json_body(S))
PAUSE = 0.005


def workers(bursts: int, seconds: float) -> Table:
    """S on one worker and on two, in turn, in bursts that open their connections anew."""
    one: list[Load] = []
    two: list[Load] = []
    shares: list[float] = []
    apart: list[float] = []
    with ours() as single, ours() as other, ours(2) as double:
        for _ in range(bursts):
            one.append(_burst(single, seconds))
            run, share = _shared(double, seconds)
            two.append(run)
            shares.append(share)
            with ThreadPoolExecutor(2) as pool:
                apart.append(sum(run.rate for run in pool.map(lambda at: _burst(at, seconds), (single, other))))
    times = [b.rate / a.rate for a, b in zip(one, two, strict=True)]
    ceiling = median(b / a.rate for a, b in zip(one, apart, strict=True))
    cpu = [median(run.cpu for run in runs) * 1e3 for runs in (one, two)]
    rows = [
        ["one worker", f"{median(run.rate for run in one):,.0f} requests/s, {cpu[0]:.3f} ms of CPU each", "≥ 4,500"],
        ["two workers", f"{median(run.rate for run in two):,.0f} requests/s, {cpu[1]:.3f} ms of CPU each", ""],
        ["two workers to one", f"{median(times):.2f} ×, worst of {bursts} bursts {min(times):.2f} ×", "≥ 1.75 ×"],
        ["two services of one worker, a wrk for each", f"{ceiling:.2f} × one", ""],
        ["work of the lesser of two workers", f"{median(shares):.0%}, worst burst {min(shares):.0%}", "50%"],
    ]
    reading = (
        f"{S}, {CONNECTIONS} connections a burst. wrk takes its part of the same cores, so the fourth row says what "
        "this machine gives to two processes that have nothing to do with one another."
    )
    return Table("Workers", reading, ["what", "measured", "target"], rows)


def beside(rounds: int, seconds: float) -> Table:
    """What is small beside what is large."""
    large = Request("/v1/gradients", json_body(L))
    with ours() as service, ours() as idle:
        health = [_health([service, idle], large, seconds) for _ in range(rounds)]
    with ours(2) as double, ThreadPoolExecutor(1) as pool:
        waits = []
        for _ in range(rounds):
            looped = pool.submit(load, double, [large], seconds=seconds + 2, connections=1)
            time.sleep(1.0)  # until it computes
            waits.append(load(double, [SMALL], seconds=seconds, connections=1).p99)
            looped.result()
    live, control = (median(p99[i] for p99 in health) * 1e3 for i in (0, 1))
    rows = [
        ["S, p99 beside a client that loops L, two workers", f"{median(waits) * 1e3:.2f} ms", "≤ 1 ms"],
        ["/health/live, p99 beside two clients that loop L, one worker", f"{live:.1f} ms", "≤ 50 ms"],
        ["the same of an idle service meanwhile", f"{control:.1f} ms", ""],
    ]
    reading = "Each S and each question of health on one connection."
    return Table("Small beside large", reading, ["what", "measured", "target"], rows)


def _burst(server: Server, seconds: float) -> Load:
    return load(server, [SMALL], seconds=seconds, connections=CONNECTIONS)


def _shared(double: Server, seconds: float) -> tuple[Load, float]:
    """A burst on two workers, and the share of its work that the lesser of them did."""
    before = [double.cpu_of(process) for process in double.processes]
    run = _burst(double, seconds)
    used = sorted(double.cpu_of(p) - b for p, b in zip(double.processes, before, strict=True))[-2:]
    return run, used[0] / sum(used)


def _health(services: Sequence[Server], large: Request, seconds: float) -> list[float]:
    """The 99th percentile of the answers about health of each, while the first of them works."""
    with ThreadPoolExecutor(1) as pool:
        looped = pool.submit(load, services[0], [large], seconds=seconds + 2, connections=2)
        time.sleep(1.0)
        connections = [HTTPConnection(service.url.removeprefix("http://")) for service in services]
        times: list[list[float]] = [[] for _ in services]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for connection, of in zip(connections, times, strict=True):
                began = time.perf_counter()
                connection.request("GET", "/health/live")
                connection.getresponse().read()
                of.append(time.perf_counter() - began)
            time.sleep(PAUSE)
        looped.result()
    for connection in connections:
        connection.close()
    return [sorted(of)[int(len(of) * 0.99)] for of in times]
