"""The floor of a request: parsing, computing and printing as these libraries do them at best, nothing around."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import orjson
import simdjson

from benchmarks.engine import baselines
from benchmarks.engine.workloads import Workload
from benchmarks.service.bodies import json_body
from benchmarks.timing import Effort, interleaved


def floor(workload: Workload, effort: Effort) -> dict[str, float]:
    """Seconds for each of simdjson's parse into buffers, hand-written NumPy, and orjson's dump."""
    parameters, data = workload.arrays()
    inputs = [data["x"], data["y"], *parameters.values()]
    by_hand = baselines.all_for(workload.sizes, workload.batch)
    loss, *gradients = baselines.textbook(*inputs)
    answer = {"loss": float(loss), "gradients": {f"g{i}": np.ascontiguousarray(g) for i, g in enumerate(gradients)}}
    work: dict[str, Callable[[], Any]] = {
        "parse": partial(parse, simdjson.Parser(), json_body(workload)),
        "dump": partial(orjson.dumps, answer, option=orjson.OPT_SERIALIZE_NUMPY),
    }
    work |= {name: partial(function, *inputs) for name, function in by_hand.items()}
    timings = interleaved(work, effort)
    return {
        "parse": timings.median("parse"),
        "NumPy": timings.median(timings.fastest(list(by_hand))),
        "dump": timings.median("dump"),
    }


def parse(parser: simdjson.Parser, body: bytes) -> list[Any]:
    """The buffers of all arrays of a body, by a parser that is used again: its memory is there already."""
    document: Any = parser.parse(body)
    members = [document[group][name] for group in ("parameters", "data") for name in document[group]]
    return [np.frombuffer(member.as_buffer(of_type="d")) for member in members]
