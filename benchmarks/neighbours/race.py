"""Everyone's turn: the same gradients asked of each contender, by the load generator and by its own client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import numpy as np

from benchmarks.engine.baselines import textbook
from benchmarks.engine.workloads import L, M, S, Workload
from benchmarks.install import NEIGHBOURS
from benchmarks.neighbours.contender import Array, Contender, Serve
from benchmarks.service.load import ROOT, Failed, Load, Server, has_wrk, load
from benchmarks.timing import QUICK, Effort

CONNECTIONS = {"S": 8, "M": 4, "L": 2}
ROUNDS, SHORTEST, LONGEST = 3, 3.0, 60.0  # seconds for a turn: long enough for ten answers, if that is not too long
PATIENCE = 120.0


@dataclass
class Found:
    """What one contender did with one workload, round by round."""

    loads: list[Load] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    """Seconds of each call by its own client."""

    def of_load(self, name: str) -> float | None:
        """The median over rounds of a figure of the load; None without a load generator."""
        return median(getattr(one, name) for one in self.loads) if self.loads else None

    @property
    def p99(self) -> float:
        """The call that one in a hundred is slower than; the slowest where there are fewer."""
        return sorted(self.calls)[int(0.99 * len(self.calls) - 1e-9)]


@dataclass(frozen=True)
class Race:
    """Who took part in what, and what came of it by the names of workload and contender; who dropped out, and why."""

    workloads: Sequence[Workload]
    contenders: Sequence[Contender]
    found: Mapping[tuple[str, str], Found]
    dropped: Mapping[str, str] = field(default_factory=dict)


def race(contenders: Sequence[Contender], effort: Effort) -> Race:
    """See that all agree, then time them in turns, in another order each round; who fails drops out."""
    workloads = (S, M) if effort is QUICK else (S, M, L)
    found = {(workload.name, one.name): Found() for workload in workloads for one in contenders}
    running, dropped = list(contenders), dict[str, str]()
    order = Random(0)  # noqa: S311 (the order is to vary, not to be secret)
    with _started(contenders) as servers, TemporaryDirectory() as folder:
        for workload in workloads:
            numbers = Path(folder) / f"{workload.name}.npz"
            np.savez(numbers, allow_pickle=False, **workload.values())
            seconds = {one.name: _turn(one, workload, servers[one.serve], numbers, effort) for one in running}
            for _ in range(1 if effort is QUICK else ROUNDS):
                for one in order.sample(running, len(running)):
                    here = found[workload.name, one.name]
                    try:
                        here.calls += called(one, servers[one.serve], numbers, seconds[one.name])
                        if has_wrk():
                            here.loads.append(_loaded(one, workload, servers[one.serve], seconds[one.name]))
                    except Failed as why:
                        print(f"{one.name} drops out: {why}", file=sys.stderr)
                        dropped[one.name] = f"{workload.name}: {why}"
                        running.remove(one)
    return Race(workloads, running, found, dropped)


@contextmanager
def _started(contenders: Sequence[Contender]) -> Iterator[Mapping[Serve, Server]]:
    """A server for each function that starts one; who has no turn uses no time."""
    with ExitStack() as stack:
        yield {serve: stack.enter_context(serve()) for serve in dict.fromkeys(one.serve for one in contenders)}


def _turn(one: Contender, workload: Workload, server: Server, numbers: Path, effort: Effort) -> float:
    """How long a turn takes, for a contender that computes what the textbook does: anything else is not timed."""
    truth = textbook(*workload.values().values())
    called(one, server, numbers, 0)
    with np.load(_answer(numbers)) as saved:
        _agree(one, saved.values(), truth)
    posted(one, workload, server)
    begin = time.perf_counter()
    _agree(one, posted(one, workload, server), truth)
    took = time.perf_counter() - begin
    return 0.5 if effort is QUICK else min(LONGEST, max(SHORTEST, 10 * took))


def _agree(one: Contender, answer: Iterator[Array] | Sequence[Array], truth: Sequence[Array]) -> None:
    for ours, theirs in zip(answer, truth, strict=True):
        error = f"{one.name} computes something else"
        np.testing.assert_allclose(np.ravel(ours), np.ravel(theirs), rtol=1e-9, atol=1e-12, err_msg=error)


def posted(one: Contender, workload: Workload, server: Server) -> Sequence[Array]:
    """The loss and gradients from the requests that the load generator repeats."""
    answers = []
    for request in one.requests(workload):
        headers = {"Content-Type": request.content_type, "Accept": request.accept}
        answer = httpx.post(server.url + request.path, content=request.body, headers=headers, timeout=PATIENCE)
        answers.append(answer.raise_for_status().content)
    return one.read(answers)


def _loaded(one: Contender, workload: Workload, server: Server, seconds: float) -> Load:
    return load(server, one.requests(workload), seconds=seconds, connections=CONNECTIONS[workload.name])


def called(one: Contender, server: Server, numbers: Path, seconds: float) -> list[float]:
    """Seconds of each call by its own client, a process in its own environment; its first answer is saved."""
    python = NEIGHBOURS / "bin" / "python" if one.needs == "neighbours" else sys.executable
    words = [one.client, server.url, one.encoding, str(numbers), str(seconds)]
    command = [str(python), "-m", "benchmarks.neighbours.clients", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Failed(f"its client ended with {said[-1]}")
    return [float(took) for took in json.loads(done.stdout)]


def _answer(numbers: Path) -> Path:
    """Where a client saves its first answer."""
    return numbers.with_suffix(".answer.npz")
