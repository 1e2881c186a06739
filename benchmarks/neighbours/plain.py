"""The endpoint that a typical developer would write, with NumPy and with PyTorch in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import chain

import orjson

from benchmarks.engine.workloads import Workload
from benchmarks.neighbours.contender import Array, Contender
from benchmarks.service.bodies import plain_body
from benchmarks.service.load import Request, Server, uvicorn

TUNED = "one uvicorn worker on uvloop and httptools, a `response_model`, one BLAS thread, no access log"


def numpy_server() -> AbstractContextManager[Server]:
    """The one with NumPy."""
    return uvicorn("benchmarks.service.plain:app", "/docs")


def torch_server() -> AbstractContextManager[Server]:
    """The one with PyTorch."""
    return uvicorn("benchmarks.neighbours.servers.plain_torch:app", "/docs")


def requests(workload: Workload) -> Sequence[Request]:
    """POST /gradients."""
    return [Request("/gradients", plain_body(workload))]


def read(answers: Sequence[bytes]) -> Sequence[Array]:
    """The loss and the gradients of an answer."""
    answer = orjson.loads(answers[0])
    return [answer["loss"], *chain(*zip(answer["weights"], answer["biases"], strict=True))]


CONTENDERS = [
    Contender(
        "plain FastAPI",
        "JSON",
        f"an endpoint with `list[list[float]]` in its Pydantic models and a textbook's NumPy; {TUNED}",
        numpy_server,
        requests,
        read,
        "plain:posted",
    ),
    Contender(
        "plain FastAPI with PyTorch",
        "JSON",
        f"the same with `torch.autograd.grad` on float64 tensors; {TUNED}",
        torch_server,
        requests,
        read,
        "plain:posted",
        needs="torch",
    ),
]
