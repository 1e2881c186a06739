"""How cost and throughput grow: a curve for each size that a user can make larger."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.pictures.curves import Curves
from benchmarks.report import Picture, Table
from benchmarks.scaling import batches, calls, serving
from benchmarks.scaling.growth import Growth, Point, Skipped, curve, fitted
from benchmarks.timing import QUICK, Effort
from chainruler.cli.pictures.axis import label

COST, RATE, BATCH = "ms a call", "answers/s", "ms a batch"

GROWTHS = (
    Growth(
        "Batch size",
        "samples (64-128-10)",
        COST,
        [1, 4, 16, 64, 256, 1024, 4096, 16384],
        partial(calls.milliseconds, calls.batch),
        "1: every sample costs the same",
    ),
    Growth(
        "Width",
        "width of both hidden layers",
        COST,
        [8, 16, 32, 64, 128, 256, 512, 1024, 2048],
        partial(calls.milliseconds, calls.width),
        "2: between layers of equal width there are width² weights",
    ),
    Growth(
        "Depth",
        "hidden layers of 64",
        COST,
        [1, 2, 4, 8, 16, 32, 64, 120],
        partial(calls.milliseconds, calls.depth),
        "1: every layer costs the same",
    ),
    Growth(
        "Classes, sampled softmax",
        "classes (64 samples, 64 sampled)",
        COST,
        [256, 1024, 4096, 16384, 65536, 262144],
        partial(calls.milliseconds, calls.classes),
        "at most 1: the sampled classes alone are computed with, but all parameters travel, and all gradients",
    ),
    Growth(
        "Clients",
        "connections at once (S, one worker)",
        RATE,
        [1, 2, 4, 8, 16, 32, 64],
        serving.by_clients,
        "0: what one worker can do is shared, and none of it lost",
    ),
    Growth(
        "Workers",
        "workers (S, 16 connections)",
        RATE,
        [1, 2],
        serving.by_workers,
        "1 where the load generator has a core of its own",
    ),
    Growth(
        "Batch of wrong submissions",
        "submissions (4-10-3, all wrong)",
        BATCH,
        [10, 30, 100, 300, 1000],
        batches.by_wrong,
        "1: every submission costs the same",
    ),
    Growth(
        "Batch of right submissions",
        "submissions (4-10-3, all right)",
        BATCH,
        [10, 30, 100, 300, 1000, 3000],
        batches.by_right,
        "1: every submission costs the same",
    ),
)


def measure(effort: Effort) -> list[Table | Picture]:
    """Every curve, in a picture and as its ends and its slope."""
    rows: list[list[str]] = []
    panels = []
    for growth in GROWTHS:
        sizes = list(growth.sizes)[:3] if effort is QUICK else growth.sizes
        try:
            points = list(zip(sizes, growth.measure(sizes, effort), strict=True))
        except Skipped as why:
            rows.append([growth.title, f"left out: {why}"])
        else:
            rows.append(_row(growth, points))
            panels.append(curve(growth, points))
    reading = (
        "A call is POST /v1/gradients without the network, from arrays to arrays through safetensors, with 64 samples "
        "unless their number is what grows; answers a second are measured by wrk; a batch is graded from the bytes of "
        "its lines to those of its reports. The slope is that of the straight line through the upper half of the "
        "points where both axes are logarithmic: the power of the size with which the figure grows."
    )
    columns = ["what grows", "from", "to", "figure", "slope", "expected"]
    return [Curves("scaling", "How cost and throughput grow", panels), Table("Growth", reading, columns, rows)]


def _row(growth: Growth, points: Sequence[Point]) -> list[str]:
    (first, least), (last, most) = points[0], points[-1]
    figures = f"{label(least)} → {label(most)} {growth.unit}"
    return [f"{growth.title}: {growth.size}", f"{first:,}", f"{last:,}", figures, str(fitted(points)), growth.expected]
