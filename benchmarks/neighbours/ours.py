"""chainruler, in each of its encodings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import orjson
import pybase64
from safetensors.numpy import load

from benchmarks.engine.workloads import Workload
from benchmarks.neighbours.contender import Array, Contender
from benchmarks.service.load import Request, ours
from chainruler.wire.accept import Encoding
from chainruler.wire.answers import encode

HOW = "`chainruler serve` with one worker and its defaults, but for the lines of log that the others do not write"
PARAMETERS = ("W1", "b1", "W2", "b2")


def requests(encoding: Encoding, workload: Workload) -> Sequence[Request]:
    """POST /v1/gradients."""
    parameters, data = workload.arrays()
    media_type, body = encode(workload.document() | {"parameters": parameters, "data": data}, encoding)
    return [Request("/v1/gradients", body, media_type, media_type)]


def from_json(answers: Sequence[bytes]) -> Sequence[Array]:
    """The loss and the gradients from an answer all in JSON."""
    answer = orjson.loads(answers[0])
    return [answer["loss"], *(answer["gradients"][name] for name in PARAMETERS)]


def from_base64(answers: Sequence[bytes]) -> Sequence[Array]:
    """The same from an answer with arrays in base64."""
    answer = orjson.loads(answers[0])
    encoded = [answer["gradients"][name]["base64"] for name in PARAMETERS]
    return [answer["loss"], *(np.frombuffer(pybase64.b64decode(text)) for text in encoded)]


def from_safetensors(answers: Sequence[bytes]) -> Sequence[Array]:
    """The same from safetensors, whose metadata is the rest of the answer."""
    size = int.from_bytes(answers[0][:8], "little")
    document = orjson.loads(orjson.loads(answers[0][8 : 8 + size])["__metadata__"]["document"])
    tensors = load(answers[0])
    return [document["loss"], *(tensors[f"gradients.{name}"] for name in PARAMETERS)]


CONTENDERS = [
    Contender(f"chainruler, {name}", name, HOW, ours, partial(requests, encoding), read, "ours:gradients")
    for name, encoding, read in (
        ("JSON", Encoding.JSON, from_json),
        ("base64", Encoding.BASE64, from_base64),
        ("safetensors", Encoding.SAFETENSORS, from_safetensors),
    )
]
