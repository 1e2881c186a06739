"""Answers a second of the service, for so many clients at once and for so many workers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.engine.workloads import S
from benchmarks.scaling.growth import Skipped
from benchmarks.service.bodies import json_body
from benchmarks.service.load import Request, Server, has_wrk, load, ours
from benchmarks.timing import QUICK, Effort

ROUNDS, SECONDS, CONNECTIONS = 5, 2.0, 16


def by_clients(sizes: Sequence[int], effort: Effort) -> Sequence[float]:
    """One worker, so many connections that post S without a pause."""
    with ours() as server:
        return _rates([(server, size) for size in sizes], effort)


def by_workers(sizes: Sequence[int], effort: Effort) -> Sequence[float]:
    """So many workers under the load of 16 connections, each number of workers in a service of its own."""
    with ExitStack() as stack:
        return _rates([(stack.enter_context(ours(size)), CONNECTIONS) for size in sizes], effort)


def _rates(cases: Sequence[tuple[Server, int]], effort: Effort) -> Sequence[float]:
    """The median rate of each case, over rounds in which all take turns."""
    if not has_wrk():
        raise Skipped("wrk is not installed (Debian: apt-get install wrk)")
    request = Request("/v1/gradients", json_body(S))
    rounds, seconds = (1, 1.0) if effort is QUICK else (ROUNDS, SECONDS)
    turns = [
        [load(server, [request], seconds=seconds, connections=number).rate for server, number in cases]
        for _ in range(rounds)
    ]
    return [median(rates) for rates in zip(*turns, strict=True)]
