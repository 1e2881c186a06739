"""The workloads as requests: bytes as a client would send them."""

from __future__ import annotations

import numpy as np
import orjson

from benchmarks.engine.workloads import Workload
from chainruler.wire.tensors import write

SAFETENSORS = "application/vnd.safetensors"


def json_body(workload: Workload) -> bytes:
    """POST /v1/gradients, everything in JSON."""
    parameters, data = workload.arrays()
    return orjson.dumps(
        workload.document() | {"parameters": parameters, "data": data}, option=orjson.OPT_SERIALIZE_NUMPY
    )


def safetensors_body(workload: Workload) -> bytes:
    """POST /v1/gradients, arrays as safetensors."""
    parameters, data = workload.arrays()
    found = [(("parameters", name), array) for name, array in parameters.items()]
    found += [(("data", name), array) for name, array in data.items()]
    return write(workload.document(), found)


def plain_body(workload: Workload) -> bytes:
    """The same numbers for the plain endpoint."""
    parameters, data = workload.arrays()
    layers = range(1, len(workload.sizes))
    weights = [np.asarray(parameters[f"W{i}"]) for i in layers]
    biases = [np.asarray(parameters[f"b{i}"]) for i in layers]
    return orjson.dumps(
        {"x": data["x"], "y": data["y"], "weights": weights, "biases": biases}, option=orjson.OPT_SERIALIZE_NUMPY
    )
