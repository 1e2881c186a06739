"""The client in tables: what a call costs over the bare exchange, where JSON ends to pay, and steps by the request."""

from __future__ import annotations

import asyncio
import time
import timeit
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import httpx
import numpy as np
import orjson

from benchmarks.client.bare import Bare
from benchmarks.engine.workloads import L, S, Workload
from benchmarks.report import Table
from benchmarks.service.bodies import SAFETENSORS
from benchmarks.service.load import Request, ours
from benchmarks.timing import QUICK, Effort, Timings, interleaved
from chainruler import wire
from chainruler_client import AsyncClient, Client
from chainruler_client.encoding import EncodedBody, Encoding, decoded, encoded
from chainruler_client.results import Gradients

PATH = "/v1/gradients"
TARGETS = {"S": "≤ 0.5 ms over the bare exchange", "L": "≤ 1.3 ×"}
ROUNDS = {"S": 201, "L": 31}
"""A plain client takes a second for one L."""
KILOBYTES = (0.25, 1, 2, 4, 8, 16, 32, 64)
SENT: tuple[Encoding, ...] = ("json", "safetensors")
ANSWERED = (wire.Encoding.JSON, wire.Encoding.SAFETENSORS)

W = TypeVar("W")


def measure(effort: Effort) -> list[Table]:
    """All tables of the client."""
    return [calls(effort), encodings(effort), steps(effort)]


def document(workload: Workload) -> dict[str, Any]:
    """The workload as a caller has it, with NumPy arrays."""
    parameters, data = workload.arrays()
    return {**workload.document(), "parameters": parameters, "data": data}


def calls(effort: Effort) -> Table:
    """Loss and all gradients, from NumPy arrays to NumPy arrays."""
    rows: list[list[str]] = []
    with ours(CHAINRULER_IDLE_SECONDS="600") as server:  # whoever is slow, the others' connections stay
        for workload in (S, L):
            fewer = replace(effort, rounds=min(effort.rounds, ROUNDS[workload.name]))
            rows += _rows(workload, _called(workload, server.url, fewer))
    reading = (
        "Loss and all gradients from NumPy arrays to NumPy arrays, over loopback. Each but the last two sends and gets "
        "the same bytes: the bare exchange has them ready and only moves them, over one socket into memory that is "
        "there; httpx moves them with its own client, as anybody would. A plain client is what one writes in five "
        "minutes: httpx, `tolist`, `json()`. A local client has neither server nor network."
    )
    columns = ["workload", "by", "median, ms", "over the bare exchange, ms", "ratio", "target"]
    return Table("A call from Python", reading, columns, rows)


def _called(workload: Workload, url: str, effort: Effort) -> Timings:
    """The time of a call by each of those who make it."""
    asked = document(workload)
    body = encoded(asked)
    request = Request(PATH, body.content, body.media_type, SAFETENSORS)
    headers = {"Content-Type": body.media_type, "Accept": SAFETENSORS}
    loop = asyncio.new_event_loop()
    with ExitStack() as opened:
        bare = opened.enter_context(Bare(url, request))
        http, client = opened.enter_context(httpx.Client(timeout=60)), opened.enter_context(Client(url))
        awaited, local = AsyncClient(url), Client.local()
        candidates: dict[str, Callable[[], object]] = {
            "bare exchange": bare.post,
            "httpx": lambda: http.post(url + PATH, content=body.content, headers=headers).content,
            "**client**": lambda: client.gradients(asked),
            "client, awaited": lambda: loop.run_until_complete(awaited.gradients(asked)),
            "plain client": lambda: plain(http, url, asked),
            "local client": lambda: local.gradients(asked),
        }
        timings = interleaved(candidates, effort)
        loop.run_until_complete(awaited.close())
    loop.close()
    return timings


def plain(http: httpx.Client, url: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The call as it is written without a client."""
    lists = {key: {name: array.tolist() for name, array in asked[key].items()} for key in ("parameters", "data")}
    answer: dict[str, Any] = http.post(url + PATH, json={**asked, **lists}).json()
    return {name: np.array(values) for name, values in answer["gradients"].items()}


def _rows(workload: Workload, timings: Timings) -> list[list[str]]:
    rows = []
    bare = timings.median("bare exchange")
    for name in timings.samples:
        spent = timings.median(name)
        ratio = f"{timings.ratio(name, 'bare exchange'):.2f} ×"
        target = TARGETS[workload.name] if name == "**client**" else ""
        rows.append([str(workload), name, f"{spent * 1e3:.3f}", f"{(spent - bare) * 1e3:+.3f}", ratio, target])
    return rows


def encodings(effort: Effort) -> Table:
    """Requests and answers of several sizes in JSON and in safetensors."""
    rows = []
    for kilobytes in KILOBYTES:
        names = ("W1", "b1", "W2", "b2", "x", "y")
        numbers = np.random.default_rng(0).normal(size=(len(names), round(kilobytes * 128 / len(names))))
        found = dict(zip(names, numbers, strict=True))
        asked = {**S.document(), "parameters": found}
        answer = {"loss": 0.5, "data_loss": 0.5, "penalty": 0.0, "gradients": found, "layout": "", "dtype": "float64"}
        requests = [_across(partial(encoded, asked, encoding), _read_there, effort) for encoding in SENT]
        answers = [_across(partial(wire.encode, answer, encoding), _read_here, effort) for encoding in ANSWERED]
        rows.append([f"{kilobytes:g} kB", *(f"{cost * 1e6:.0f}" for cost in (*requests, *answers))])
    reading = (
        "Microseconds of CPU for six arrays of so many bytes in all, written on one side and read on the other, "
        "without transport. A client sends JSON below 8 kB, and asks for answers in safetensors: nobody knows before "
        "how large one will be."
    )
    columns = ["arrays", "request in JSON", "in safetensors", "answer in JSON", "in safetensors "]
    return Table("JSON or safetensors", reading, columns, rows)


def _read_there(body: EncodedBody) -> object:
    return wire.decode(body.content, body.media_type)


def _read_here(answer: tuple[str, bytes]) -> object:
    return Gradients.read(decoded(*answer))


def _across(write: Callable[[], W], read: Callable[[W], object], effort: Effort) -> float:
    """Seconds of CPU to write something on one side and to read it on the other."""
    return _cpu(write, effort) + _cpu(partial(read, write()), effort)


def _cpu(work: Callable[[], object], effort: Effort) -> float:
    """Seconds of this thread's CPU for one call, at best."""
    number, repeat = (1, 1) if effort is QUICK else (50, 40)
    return min(timeit.repeat(work, number=number, repeat=repeat, timer=time.thread_time)) / number


def steps(effort: Effort) -> Table:
    """Training in a loop, with one step or several in a request."""
    total, turns = (4, (1, 4)) if effort is QUICK else (200, (1, 10, 100))
    with ours() as server, Client(server.url) as client:
        rows = [_trained(name, one, total, turns) for name, one in (("service", client), ("local", Client.local()))]
    columns = ["client of", *(f"every={every}" for every in turns), "the same losses"]
    reading = "Milliseconds a step of Adam for S in `for step in client.train(…, every=…)`, over some hundred steps."
    return Table("Training in a loop", reading, columns, rows)


def _trained(name: str, client: Client, total: int, turns: Sequence[int]) -> list[str]:
    cells, losses = [name], set()
    for every in turns:
        began = time.perf_counter()
        done = [
            loss
            for step in client.train(document(S), optimizer={"type": "adam"}, steps=total, every=every)
            for loss in step.losses
        ]
        cells.append(f"{(time.perf_counter() - began) / total * 1e3:.3f}")
        losses.add(orjson.dumps(list(map(float, done))))
    return [*cells, "yes" if len(losses) == 1 else "no"]
