"""The workloads as requests: bytes as a client would send them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import orjson

from benchmarks.engine.workloads import Workload
from chainruler.wire.tensors import write

SAFETENSORS = "application/vnd.safetensors"


def arrays(workload: Workload) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the data."""
    values = dict(workload.values())
    data = {"x": values.pop("X"), "y": values.pop("y")}
    return values, data


def json_body(workload: Workload) -> bytes:
    """POST /v1/gradients, everything in JSON."""
    parameters, data = arrays(workload)
    return orjson.dumps(problem(workload) | {"parameters": parameters, "data": data}, option=orjson.OPT_SERIALIZE_NUMPY)


def safetensors_body(workload: Workload) -> bytes:
    """POST /v1/gradients, arrays as safetensors."""
    parameters, data = arrays(workload)
    found = [(("parameters", name), array) for name, array in parameters.items()]
    found += [(("data", name), array) for name, array in data.items()]
    return write(problem(workload), found)


def problem(workload: Workload) -> dict[str, Any]:
    """The model and its loss."""
    layers: list[dict[str, Any]] = []
    for _ in pairwise(workload.sizes):
        layers += [{"type": "linear"}, {"type": "relu"}]
    return {"model": {"layers": layers[:-1]}, "loss": {"type": "cross_entropy"}}


def plain_body(workload: Workload) -> bytes:
    """The same numbers for the plain endpoint."""
    parameters, data = arrays(workload)
    layers = range(1, len(workload.sizes))
    weights = [np.asarray(parameters[f"W{i}"]) for i in layers]
    biases = [np.asarray(parameters[f"b{i}"]) for i in layers]
    return orjson.dumps(
        {"x": data["x"], "y": data["y"], "weights": weights, "biases": biases}, option=orjson.OPT_SERIALIZE_NUMPY
    )
