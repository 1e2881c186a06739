"""What a model costs when it is new, and a call over its arithmetic: in the engine, and as the service has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from benchmarks.engine.workloads import S, Workload, bare, gradient_program
from benchmarks.timing import Effort, interleaved
from chainruler.handlers.context import Context
from chainruler.handlers.gradients import gradients
from chainruler.networks import Budget, prepared, problem_of
from chainruler.schemas.requests import GradientsRequest

PARTS = {
    "engine": "in the engine alone",
    "networks": "through networks/: shapes, budget, values",
    "handlers": "through handlers/: plan, values, and an answer in which everything is finite",
}
"""Where a call may begin."""
BUDGET = Budget()


def use_rows(effort: Effort) -> Iterator[list[str]]:
    """First use of a model that is new each time, then the overhead of using one again."""
    fresh = count(11)

    def first(part: str) -> None:
        width = next(fresh)  # a size that no earlier model had, so that nothing is found ready
        new = Workload("new", (width, width + 1, width + 2, width + 3, 3), 2)
        _call(part, new)()

    timings = interleaved({part: partial(first, part) for part in PARTS}, effort)
    for part, title in PARTS.items():
        measured = f"{timings.median(part) * 1e3:.2f} ms"
        yield [f"first use of a new 4-layer model, one tiny step included, {title}", measured, "≤ 10 ms"]
    again = {part: _call(part, S) for part in PARTS}
    timings = interleaved({"bare": bare(gradient_program(S), S.values()), **again}, effort)
    for part, title in PARTS.items():
        measured = f"{timings.difference(part, 'bare') * 1e6:.1f} µs"
        yield [f"repeated use over its bare NumPy calls, S, {title}", measured, "≤ 20 µs"]


def _call(part: str, workload: Workload) -> Callable[[], Any]:
    """Loss and all gradients of a workload, from the arrays on; what has to be known only once is known before."""
    if part == "engine":
        return partial(gradient_program(workload), workload.values())
    parameters, data = workload.arrays()
    if part == "handlers":
        return partial(
            gradients, GradientsRequest(**workload.document(), parameters=parameters, data=data), Context(BUDGET)
        )
    problem = problem_of(workload.document())

    def run() -> Any:
        network, numbers = prepared(problem, parameters, data, BUDGET)
        return network.program(["J", *network.gradients.values()])(numbers.arrays)

    return run
