"""UM-Bridge: a request for the loss and one for each parameter's gradient, or all of it as outputs of one model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any

import numpy as np
import orjson

from benchmarks.engine.workloads import Workload
from benchmarks.install import NEIGHBOURS
from benchmarks.neighbours.contender import Array, Contender
from benchmarks.service.load import ROOT, Request, Server, serving

TUNED = (
    "`umbridge.serve_models` without its checks of sizes, one model thread, on uvloop; one BLAS thread; what travels "
    "goes over HTTP, not through the shared memory that it has for clients on the same machine"
)


def served() -> AbstractContextManager[Server]:
    """The server, with both models."""
    command = [str(NEIGHBOURS / "bin" / "python"), "-m", "benchmarks.neighbours.servers.umbridge_server"]
    return serving(command, "/Info", PYTHONPATH=str(ROOT))


def _document(model: str, workload: Workload) -> dict[str, Any]:
    vectors = [np.ravel(value).astype(float).tolist() for value in workload.values().values()]
    return {"name": model, "input": vectors, "config": {"sizes": workload.sizes, "batch": workload.batch}}


def by_parameter(workload: Workload) -> Sequence[Request]:
    """POST /Evaluate, then POST /Gradient for each parameter."""
    document = _document("loss", workload)
    gradients = [document | {"outWrt": 0, "inWrt": i, "sens": [1.0]} for i in range(2, len(document["input"]))]
    bodies = [orjson.dumps(body) for body in (document, *gradients)]
    return [Request("/Gradient" if i else "/Evaluate", body) for i, body in enumerate(bodies)]


def in_one(workload: Workload) -> Sequence[Request]:
    """POST /Evaluate."""
    return [Request("/Evaluate", orjson.dumps(_document("loss and gradients", workload)))]


def read(answers: Sequence[bytes]) -> Sequence[Array]:
    """The loss and the gradients, each flat."""
    (loss,), *gradients = [orjson.loads(answer)["output"] for answer in answers]
    return [loss, *gradients]


def read_one(answers: Sequence[bytes]) -> Sequence[Array]:
    """The same, from the outputs of one model."""
    return list(chain.from_iterable(orjson.loads(answer)["output"] for answer in answers))


CONTENDERS = [
    Contender(
        "UM-Bridge",
        "JSON",
        f"`Evaluate` for the loss and `Gradient` for each of the parameters, five requests; {TUNED}",
        served,
        by_parameter,
        read,
        "umbridge:by_parameter",
        needs="neighbours",
    ),
    Contender(
        "UM-Bridge, in one request",
        "JSON",
        f"a model with loss and gradients as five outputs, not made for derivatives any more; {TUNED}",
        served,
        in_one,
        read_one,
        "umbridge:in_one",
        needs="neighbours",
        intended=False,
    ),
]
