"""Tesseract: `apply` for the loss, `vector_jacobian_product` for the gradients; or all as outputs of `apply`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
import pybase64

from benchmarks.engine.workloads import Workload
from benchmarks.install import NEIGHBOURS
from benchmarks.neighbours.contender import Array, Contender
from benchmarks.service.load import ROOT, Request, Server, serving

PARAMETERS = ("W1", "b1", "W2", "b2")
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own in it, removed at the end)
TUNED = (
    "`tesseract-runtime serve` with one worker, on uvloop and httptools, which its installation does not bring; the "
    "files that it writes for each run in memory where there is /dev/shm; one BLAS thread; its log goes nowhere"
)


@contextmanager
def served(api: str) -> Iterator[Server]:
    """A Tesseract of the benchmarks."""
    file = ROOT / "benchmarks" / "neighbours" / "servers" / f"{api}.py"
    command = [str(NEIGHBOURS / "bin" / "tesseract-runtime"), "serve", "--port"]
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as runs:
        paths = {"TESSERACT_API_PATH": str(file), "TESSERACT_OUTPUT_PATH": runs, "PYTHONPATH": str(ROOT)}
        with serving(command, "/health", **paths) as server:
            yield server


def encoded(value: Array, encoding: str) -> Any:
    """An array as its client sends it; lists of numbers are what is quickest of its two ways in JSON."""
    array = np.asarray(value)
    if encoding == "JSON":
        return array.tolist()
    data = {"buffer": pybase64.b64encode_as_string(array.tobytes()), "encoding": "base64"}
    return {"object_type": "array", "shape": array.shape, "dtype": array.dtype.name, "data": data}


def decoded(value: Mapping[str, Any]) -> Array:
    """An array of an answer."""
    data = value["data"]
    return np.frombuffer(pybase64.b64decode(data["buffer"])) if data["encoding"] == "base64" else data["buffer"]


def apply(encoding: str, workload: Workload) -> Sequence[Request]:
    """POST /apply."""
    inputs = {name: encoded(value, encoding) for name, value in workload.values().items()}
    return [_request("apply", encoding, inputs)]


def apply_and_differentiate(encoding: str, workload: Workload) -> Sequence[Request]:
    """POST /apply, then POST /vector_jacobian_product."""
    inputs = {name: encoded(value, encoding) for name, value in workload.values().items()}
    wanted = {"vjp_inputs": PARAMETERS, "vjp_outputs": ["loss"], "cotangent_vector": {"loss": 1.0}}
    return [_request("apply", encoding, inputs), _request("vector_jacobian_product", encoding, inputs, **wanted)]


def _request(endpoint: str, encoding: str, inputs: Mapping[str, Any], **more: Any) -> Request:
    accept = "application/json+base64" if encoding == "base64" else "application/json"
    return Request(f"/{endpoint}", orjson.dumps({"inputs": inputs, **more}), accept=accept)


def read(answers: Sequence[bytes]) -> Sequence[Array]:
    """The loss and the gradients."""
    found: dict[str, Any] = {}
    for answer in answers:
        found |= orjson.loads(answer)
    return [decoded(found[name]) for name in ("loss", *PARAMETERS)]


_differentiable, _in_one = partial(served, "tesseract_api"), partial(served, "tesseract_in_one_api")
CONTENDERS = [
    *(
        Contender(
            f"Tesseract, {encoding}",
            encoding,
            f"`apply` for the loss and `vector_jacobian_product` for all gradients, two requests; {TUNED}",
            _differentiable,
            partial(apply_and_differentiate, encoding),
            read,
            "tesseract:differentiated",
            needs="neighbours",
        )
        for encoding in ("JSON", "base64")
    ),
    Contender(
        "Tesseract, base64, in one request",
        "base64",
        f"loss and gradients as five outputs of `apply`, which nobody can differentiate any more; {TUNED}",
        _in_one,
        partial(apply, "base64"),
        read,
        "tesseract:in_one",
        needs="neighbours",
        intended=False,
    ),
]
