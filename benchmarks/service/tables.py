"""The service's tables: requests a second and CPU time a request, beside a plain endpoint and the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from benchmarks.engine.workloads import ALL, L, Workload
from benchmarks.report import Table
from benchmarks.service.bodies import SAFETENSORS, json_body, plain_body, safetensors_body
from benchmarks.service.floor import floor
from benchmarks.service.load import Load, Request, Server, has_wrk, load, ours, uvicorn
from benchmarks.service.memory import can_be_measured, memory
from benchmarks.service.placement import placement
from benchmarks.service.workers import beside, workers
from benchmarks.timing import QUICK, Effort

CONNECTIONS = {"S": 8, "M": 4, "L": 2, "B": 2}
SLOWER = {"S": 1, "M": 1, "L": 5, "B": 3}
"""How much longer each is run: the plain endpoint needs a second for one L."""
TARGETS = {"S": (5.0, 1.45), "M": (9.0, 1.2), "L": (9.0, 1.2), "B": (12.0, 1.2)}


@dataclass(frozen=True)
class Candidate:
    """A server, and what is posted to it."""

    name: str
    server: Server
    request: Request

    def run(self, workload: Workload, seconds: float) -> Load:
        """One round of requests."""
        return load(self.server, [self.request], seconds=seconds, connections=CONNECTIONS[workload.name])


class Servers(NamedTuple):
    """Who answers."""

    us: Server
    plain: Server
    echo: Server


def measure(effort: Effort) -> list[Table]:
    """All tables of the service; none where wrk is not installed."""
    if not has_wrk():
        reading = "wrk is not installed (Debian: apt-get install wrk), so nothing was measured."
        return [Table("The service", reading, ["workload", "by"], [["none", "none"]])]
    rounds, seconds = (1, 1.0) if effort is QUICK else (5, 3.0)
    tables = [
        throughput(effort, rounds, seconds),
        workers(1 if effort is QUICK else 20, 1.0),
        beside(rounds, seconds),
        placement(1 if effort is QUICK else 21),
    ]
    return [*tables, memory(2 if effort is QUICK else 50)] if can_be_measured() else tables


def throughput(effort: Effort, rounds: int, seconds: float) -> Table:
    """Every workload against the plain endpoint, transport alone, and the sum of the parts."""
    rows: list[list[str]] = []
    plain_app, echo_app = "benchmarks.service.plain:app", "benchmarks.service.echo:app"
    with ours() as us, uvicorn(plain_app, "/docs") as plain, uvicorn(echo_app, "/0") as echo:
        for workload in ALL:
            rows += _rows(workload, Servers(us, plain, echo), effort, rounds, seconds * SLOWER[workload.name])
    reading = (
        "One worker, one BLAS thread, wrk beside it on the same two cores. CPU is the server's time a request; the "
        "rounds of all candidates take turns, medians are shown. Plain is the FastAPI endpoint that a typical "
        "developer would write (benchmarks/service/plain.py). The floor is transport of the same bytes, simdjson, the "
        "fastest hand-written NumPy and orjson, each measured alone and added up; for safetensors, the NumPy alone."
    )
    columns = [
        "workload",
        "by",
        "requests/s",
        "p50, ms",
        "p99, ms",
        "CPU, ms",
        "plain / this",
        "this / floor",
        "target",
    ]
    return Table("Loss and all gradients over HTTP", reading, columns, rows)


def _rows(workload: Workload, at: Servers, effort: Effort, rounds: int, seconds: float) -> list[list[str]]:
    """The rows of one workload."""
    body = json_body(workload)
    answer = sum(parameter_bytes(workload))
    tensors = Request("/v1/gradients", safetensors_body(workload), SAFETENSORS, SAFETENSORS)
    candidates = [
        Candidate("chainruler, JSON", at.us, Request("/v1/gradients", body)),
        Candidate("chainruler, safetensors", at.us, tensors),
        Candidate("plain FastAPI, JSON", at.plain, Request("/gradients", plain_body(workload))),
        Candidate("transport alone", at.echo, Request(f"/{answer}", body)),
    ]
    loads: dict[str, list[Load]] = {candidate.name: [] for candidate in candidates}
    for _ in range(rounds):
        for candidate in candidates:
            loads[candidate.name].append(candidate.run(workload, seconds))
    cpu = {name: median(one.cpu for one in of) for name, of in loads.items()}
    parts = floor(workload, effort)
    bottom = cpu["transport alone"] + sum(parts.values())
    return [_row(workload, name, of, cpu, (bottom, parts["NumPy"])) for name, of in loads.items()]


def _row(
    workload: Workload, name: str, loads: Sequence[Load], cpu: dict[str, float], floors: tuple[float, float]
) -> list[str]:
    figures = [f"{median(one.rate for one in loads):,.1f}"]
    figures += [f"{median(one.p50 for one in loads) * 1e3:.2f}", f"{median(one.p99 for one in loads) * 1e3:.2f}"]
    figures.append(f"{cpu[name] * 1e3:.3f}")
    compared = ["", "", ""]
    if name == "chainruler, JSON":
        times, over = TARGETS[workload.name]
        compared = [
            f"{cpu['plain FastAPI, JSON'] / cpu[name]:.1f} ×",
            f"{cpu[name] / floors[0]:.2f} ×",
            f"≥ {times:g} ×, ≤ {over:g} ×",
        ]
    elif name == "chainruler, safetensors":
        faster = f"{cpu['plain FastAPI, JSON'] / cpu[name]:.1f} ×"
        compared = [faster, f"{cpu[name] / floors[1]:.2f} × NumPy", "≥ 50 ×, ≤ 2 × NumPy" if workload is L else ""]
    return [str(workload), name, *figures, *compared]


def parameter_bytes(workload: Workload) -> list[int]:
    """About how many bytes each gradient takes in JSON: 20 a number."""
    return [20 * n * m + 20 * m for n, m in zip(workload.sizes, workload.sizes[1:], strict=False)]
