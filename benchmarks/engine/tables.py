"""The engine's tables: gradients against hand-written NumPy and peers, and what else the calculus costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.engine import baselines, peers
from benchmarks.engine.layers import layers_table
from benchmarks.engine.use import use_rows
from benchmarks.engine.workloads import ALL, M, S, Values, Workload, bare, gradient_program
from benchmarks.report import Table
from benchmarks.timing import Effort, Timings, interleaved
from chainruler.engine import (
    Expression,
    Program,
    compiled,
    gradient,
    hvp,
    label_of,
    per_sample,
    variable,
)

ENGINE = "chainruler"
CALLED = "chainruler, inputs checked"
TARGETS = {"S": 1.15, "M": 1.05, "L": 1.05, "B": 1.05}


def measure(effort: Effort) -> list[Table]:
    """All tables of the engine."""
    return [gradients_table(effort), other_table(effort), layers_table(effort)]


def agree(answers: Sequence[Any], truth: Sequence[Any]) -> None:
    """See that what is timed computes the same: a fast wrong answer is none."""
    for ours, theirs in zip(answers, truth, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def gradients_table(effort: Effort) -> Table:
    """Loss and all gradients of each workload, by everyone."""
    rows: list[list[str]] = []
    for workload in ALL:
        values = workload.values()
        by_hand = baselines.all_for(workload.sizes, workload.batch)
        program = gradient_program(workload)
        work: dict[str, Callable[[], Any]] = {ENGINE: bare(program, values), CALLED: partial(program, values)}
        work |= {name: partial(function, *values.values()) for name, function in by_hand.items()}
        work |= peers.available(workload, values)
        for name in work:
            agree(work[name](), work["textbook NumPy"]())
        timings = interleaved(work, effort)
        best = timings.fastest(list(by_hand))
        rows += [_row(workload, name, timings, best) for name in work]
    reading = (
        "The function that the engine generates against NumPy written by hand, with all inputs as arrays; and the same "
        "behind `program(values)`, which checks names, shapes and dtypes first, as nothing written by hand does. The "
        "ratio is to the fastest hand-written version of the same run (1.00), in whatever style; the engine's target "
        "stands beside its ratio. Below 1 is ahead of it."
    )
    return Table("Loss and all gradients", reading, ["workload", "by", "median, µs", "ratio", "target"], rows)


def _row(workload: Workload, name: str, timings: Timings, best: str) -> list[str]:
    target = f"≤ {TARGETS[workload.name]}" if name == ENGINE else ""
    ratio = f"{timings.ratio(name, best):.2f}"
    title = f"**{name}**" if name == ENGINE else name
    return [str(workload), title, f"{timings.median(name) * 1e6:.1f}", ratio, target]


def other_table(effort: Effort) -> Table:
    """Derivatives of derivatives, samples apart, first and repeated use."""
    rows = [
        *(_hvp_row(workload, effort) for workload in ALL),
        *(_per_sample_row(w, effort) for w in (S, M)),
        *use_rows(effort),
    ]
    megabytes = M.batch * sum(M.values()[label_of(p)].nbytes for p in M.parameters) / 1e6
    reading = (
        "Each ratio compares two medians of one run. HVP: along one direction for all parameters together. Gradients "
        "of each sample: a loop that calls the gradient for one sample after the other and stacks what it gets is what "
        "one would write; one that fills arrays that are there already spares itself the copy and all new memory. "
        f"Nothing is handed out sooner than it is written, which for M is {megabytes:.0f} MB: there the ones are the "
        "bound, and ten times as fast as a loop is out of reach."
    )
    return Table("What else the calculus costs", reading, ["what", "measured", "target"], rows)


def _hvp_row(workload: Workload, effort: Effort) -> list[str]:
    """A Hessian-vector product against the loss and the gradients."""
    values = workload.values()
    directions = [variable(f"v_{label_of(p)}", p.shape) for p in workload.parameters]
    rng = np.random.default_rng(1)
    along: Values = {label_of(v): rng.normal(size=values[label_of(p)].shape) for v, p in _paired(directions, workload)}
    product = compiled(hvp(workload.loss(), workload.parameters, directions))
    work = {"hvp": partial(product, values | along), "gradient": partial(gradient_program(workload), values)}
    timings = interleaved(work, effort)
    times = f"{timings.median('hvp') * 1e6:.0f} µs, {timings.ratio('hvp', 'gradient'):.2f} × gradient"
    return [f"Hessian-vector product, {workload.name}", times, "≤ 2.5 ×"]


def _paired(directions: Sequence[Expression], workload: Workload) -> Iterator[tuple[Expression, Expression]]:
    return zip(directions, workload.parameters, strict=True)


def _per_sample_row(workload: Workload, effort: Effort) -> list[str]:
    """The gradient of every sample, against two loops over the samples and against the bare writing of the result."""
    values, parameters = workload.values(), workload.parameters
    shapes = [(workload.batch, *values[label_of(p)].shape) for p in parameters]
    kept = [np.empty(shape) for shape in shapes]
    each = partial(_each_sample, gradient_program(workload), values)
    work: dict[str, Callable[[], Any]] = {
        "apart": partial(compiled([per_sample(g) for g in gradient(workload.loss(), parameters)]), values),
        "stacked": lambda: [np.stack(parts) for parts in zip(*each(), strict=True)],
        "filled": lambda: _filled(kept, each()),
        "written": lambda: [np.ones(shape) for shape in shapes],
    }
    for name in ("stacked", "filled"):  # a sample's own loss is not divided by N
        agree([workload.batch * part for part in work["apart"]()], work[name]())
    timings = interleaved(work, effort)
    slower = {name: f"{timings.ratio(name, 'apart'):.2f} ×" for name in ("stacked", "filled")}
    measured = (
        f"{timings.median('apart') * 1e3:.2f} ms, {timings.ratio('apart', 'written'):.2f} × writing as many ones; "
        f"a loop that stacks takes {slower['stacked']} that, one that fills ready arrays {slower['filled']}"
    )
    return [f"gradient of each sample, {workload.name}", measured, "a loop takes ≥ 10 ×" if workload is M else ""]


def _each_sample(program: Program, values: Values) -> Iterator[Sequence[Any]]:
    """The gradients of one sample after the other."""
    for i in range(len(values["y"])):
        yield program(values | {"X": values["X"][i : i + 1], "y": values["y"][i : i + 1]})[1:]


def _filled(kept: Sequence[Any], each: Iterator[Sequence[Any]]) -> Sequence[Any]:
    """The arrays, with every sample's gradients written into its row."""
    for i, parts in enumerate(each):
        for whole, part in zip(kept, parts, strict=True):
            whole[i] = part
    return kept
