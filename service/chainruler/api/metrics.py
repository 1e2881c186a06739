"""/metrics: what this service has done, in the text format of Prometheus.

Every series is one number at a fixed place in one array, so that counting costs well under a microsecond and workers
need no lock: each writes into its own row of memory that all share, and the worker that is asked adds the rows up.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from fastapi import APIRouter, Request, Response

from chainruler.calls.permissions import LOCAL

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

NO_ROUTE = ""
ROUTES = 64
STATUSES = (200, 307, 400, 401, 403, 404, 405, 406, 408, 413, 415, 422, 429, 500, 503)
KEY_STATUSES = (401, 403, 429)
"""What a request gets whose key does not open what it asks for."""
OTHERS = "others"
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PHASES = ("read", "parse", "compute", "serialise")
GAUGES = ("in_flight", "queue_length", "held_bytes", "connections")
CACHES = ("plans", "networks", "programs")
CALLERS = 128
"""Names of keys that are counted each by itself; any further ones are counted together."""
REFUSED = ("busy", "headers_too_large", "headers_too_slow", "malformed_http")

# One row: for each route its counts by status (the last for any other), its latencies (the last for +Inf) and their
# sum, bytes in and out, seconds and number of each phase; then the waits in the queue; then gauges; then caches; then
# the number of all connections; then of those that were refused below the application, by code;
# then of the requests of each key: answered, and refused because of the key.
_OF_STATUS = len(STATUSES) + 1
_OF_LATENCY = len(SECONDS) + 2
_BYTES = _OF_STATUS + _OF_LATENCY
_PHASES = _BYTES + 2
_OF_ROUTE = _PHASES + 2 * len(PHASES)
_WAITS = ROUTES * _OF_ROUTE
_GAUGES = _WAITS + _OF_LATENCY
_CACHES = _GAUGES + len(GAUGES)
_CONNECTIONS = _CACHES + 2 * len(CACHES)
_REFUSED = _CONNECTIONS + 1
_CALLERS = _REFUSED + len(REFUSED)
LENGTH = _CALLERS + 2 * CALLERS

Row: TypeAlias = "memoryview[float]"

_PLACE_OF_STATUS = {status: place for place, status in enumerate(STATUSES)}


class Metrics:
    """The numbers of one worker, and its view of those of the others."""

    def __init__(self, caches: Callable[[], Mapping[str, tuple[int, int]]] = dict, names: Iterable[str] = ()) -> None:
        self.caches = caches
        self.callers = {name: place for place, name in enumerate((*names, LOCAL)) if place < CALLERS - 1}
        self.routes: dict[str, int] = {NO_ROUTE: 0}
        self.rows: list[Row] = [memoryview(bytearray(8 * LENGTH)).cast("d")]
        self.own = self.rows[0]

    def share(self, rows: Sequence[Row], own: int) -> None:
        """Count in one of these rows from now on, and tell the sum of all."""
        self.rows, self.own = list(rows), rows[own]
        for gauge in range(_GAUGES, _CACHES):
            self.own[gauge] = 0.0  # of a worker that died they would stay for ever

    def add_route(self, template: str) -> int:
        """The place of a route; all workers add the same routes in the same order."""
        if template not in self.routes and len(self.routes) < ROUTES:
            self.routes[template] = len(self.routes)
        return self.routes.get(template, 0)

    def request(self, route: str | None, status: int | None, seconds: float, size: tuple[int, int]) -> None:
        """Count one request that has ended; one without a status had its client go."""
        start = self.routes.get(route or NO_ROUTE, 0) * _OF_ROUTE
        own = self.own
        own[start + _PLACE_OF_STATUS.get(status or 0, _OF_STATUS - 1)] += 1
        _observe(own, start + _OF_STATUS, seconds)
        own[start + _BYTES] += size[0]
        own[start + _BYTES + 1] += size[1]

    def phases(self, route: int, seconds: Sequence[float]) -> None:
        """Count how long each phase of one request took."""
        place = route * _OF_ROUTE + _PHASES
        own = self.own
        for spent in seconds:
            own[place] += spent
            own[place + 1] += 1
            place += 2

    def waited(self, seconds: float) -> None:
        """Count how long a request waited for a thread."""
        _observe(self.own, _WAITS, seconds)

    def add(self, name: str, value: float) -> None:
        """Move a number that goes up and down."""
        self.own[_GAUGES + GAUGES.index(name)] += value

    def count_connection(self) -> None:
        """Count a connection that begins; when it ends, `add("connections", -1)`."""
        self.own[_CONNECTIONS] += 1
        self.add("connections", 1)

    def refused(self, code: str) -> None:
        """Count a connection or request that no application has seen."""
        self.own[_REFUSED + REFUSED.index(code)] += 1

    def caller(self, name: str, status: int | None) -> None:
        """Count a request by the name of its key."""
        place = _CALLERS + 2 * self.callers.get(name, CALLERS - 1)
        self.own[place + (status in KEY_STATUSES)] += 1

    def refresh(self) -> None:
        """Note what the caches tell, which is known to this worker alone."""
        told = self.caches()
        for place, name in enumerate(CACHES):
            hits, misses = told.get(name, (0, 0))
            self.own[_CACHES + 2 * place], self.own[_CACHES + 2 * place + 1] = hits, misses

    def text(self) -> str:
        """All of it, of all workers, as Prometheus reads it."""
        self.refresh()
        total = [sum(column) for column in zip(*self.rows, strict=True)]
        return "\n".join([*_requests(self.routes, total), *_others(total), *_callers(self.callers, total)]) + "\n"


def closed_connections(row: Row) -> float:
    """How many connections a worker and its predecessors in the same slot have closed."""
    return row[_CONNECTIONS] - row[_GAUGES + GAUGES.index("connections")]


def rows_of(counts: ctypes.Array[ctypes.c_double]) -> list[Row]:
    """The rows of all workers in the memory that they share."""
    whole: Row = memoryview(counts).cast("B").cast("d")
    return [whole[start : start + LENGTH] for start in range(0, len(whole), LENGTH)]


def _observe(row: Row, start: int, seconds: float) -> None:
    """Count in a histogram: each bucket for itself, added up when it is told."""
    row[start + bisect_left(SECONDS, seconds)] += 1
    row[start + len(SECONDS) + 1] += seconds


def _requests(routes: Mapping[str, int], total: Sequence[float]) -> Iterator[str]:
    """The series that there are for each route."""
    starts = {route: place * _OF_ROUTE for route, place in routes.items()}
    used = {route: start for route, start in starts.items() if any(total[start : start + _OF_STATUS])}
    yield from _head("requests_total", "counter", "Requests by route template and status; 0 is for clients that went.")
    for route, start in used.items():
        for place, status in enumerate((*STATUSES, 0)):
            if count := total[start + place]:
                yield f'chainruler_requests_total{{route="{route}",status="{status}"}} {count:.0f}'
    yield from _head("request_seconds", "histogram", "Seconds from the headers of a request to the end of its answer.")
    for route, start in used.items():
        yield from _histogram("request_seconds", f'route="{route}"', total, start + _OF_STATUS)
    for offset, name in enumerate(("received", "sent")):
        yield from _head(f"{name}_bytes_total", "counter", f"Bytes of bodies {name}.")
        for route, start in used.items():
            yield f'chainruler_{name}_bytes_total{{route="{route}"}} {total[start + _BYTES + offset]:.0f}'
    yield from _head("phase_seconds", "summary", "Seconds for reading a body, parsing, computing and serialising.")
    for route, start in used.items():
        for place, phase in enumerate(PHASES):
            seconds, count = total[start + _PHASES + 2 * place : start + _PHASES + 2 * place + 2]
            if count:
                yield f'chainruler_phase_seconds_sum{{route="{route}",phase="{phase}"}} {seconds:.6f}'
                yield f'chainruler_phase_seconds_count{{route="{route}",phase="{phase}"}} {count:.0f}'


def _others(total: Sequence[float]) -> Iterator[str]:
    """The series that there are once."""
    yield from _head("queue_seconds", "histogram", "Seconds that a request waited for a thread.")
    yield from _histogram("queue_seconds", "", total, _WAITS)
    for place, (name, told) in enumerate(zip(GAUGES, _GAUGES_TOLD, strict=True)):
        yield from _head(name, "gauge", told)
        yield f"chainruler_{name} {total[_GAUGES + place]:.0f}"
    yield from _head("connections_total", "counter", "Connections that were ever opened.")
    yield f"chainruler_connections_total {total[_CONNECTIONS]:.0f}"
    yield from _head("refused_total", "counter", "Connections and requests refused before they were read, by code.")
    for place, code in enumerate(REFUSED):
        yield f'chainruler_refused_total{{code="{code}"}} {total[_REFUSED + place]:.0f}'
    for offset, (name, told) in enumerate(_CACHES_TOLD.items()):
        yield from _head(name, "counter", told)
        for place, cache in enumerate(CACHES):
            yield f'chainruler_{name}{{cache="{cache}"}} {total[_CACHES + 2 * place + offset]:.0f}'


def _callers(callers: Mapping[str, int], total: Sequence[float]) -> Iterator[str]:
    """The series that there are for each key."""
    yield from _head("key_requests_total", "counter", "Requests by the name of their key; refused are those it barred.")
    for name, place in {**callers, OTHERS: CALLERS - 1}.items():
        for offset, outcome in enumerate(("answered", "refused")):
            if count := total[_CALLERS + 2 * place + offset]:
                yield f'chainruler_key_requests_total{{key="{name}",outcome="{outcome}"}} {count:.0f}'


_GAUGES_TOLD = (
    "Requests that are being answered.",
    "Requests that wait for a thread.",
    "Bytes of larger bodies and answers under way.",
    "Open connections.",
)
_CACHES_TOLD = {
    "cache_hits_total": "Times that something built before was used again.",
    "cache_misses_total": "Times that something was built: programs compiled, networks built, plans made.",
}


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP chainruler_{name} {told}"
    yield f"# TYPE chainruler_{name} {kind}"


def _histogram(name: str, label: str, total: Sequence[float], start: int) -> Iterator[str]:
    """A histogram, whose buckets Prometheus wants added up."""
    comma = "," if label else ""
    count = 0.0
    for place, bound in enumerate((*SECONDS, "+Inf")):
        count += total[start + place]
        yield f'chainruler_{name}_bucket{{{label}{comma}le="{bound}"}} {count:.0f}'
    braces = f"{{{label}}}" if label else ""
    yield f"chainruler_{name}_sum{braces} {total[start + len(SECONDS) + 1]:.6f}"
    yield f"chainruler_{name}_count{braces} {count:.0f}"


router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The metrics of all workers."""
    told: Metrics = request.app.state.metrics
    return Response(told.text(), media_type=MEDIA_TYPE)
