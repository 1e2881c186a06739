"""Requests with something changed, by chance and the same from each seed: in their documents, bytes or headers."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from chainruler import wire
from chainruler.calls.examples import LAMBDA_FEEDBACK, MUED
from chainruler.calls.table import COMPUTING
from chainruler.networks import Layer, Loss
from chainruler.networks.initializers import Initializer
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.schedules import Schedule
from tests.faults.fields import LATEX_RUBRIC, SUBMISSION
from tests.notation.attacks import ATTACKS, LATEX_ATTACKS
from tests.wire.texts import spoilt

Headers = dict[str, str]


class Mutant(NamedTuple):
    """A request that may be wrong."""

    path: str
    headers: Headers
    body: bytes


GOOD: list[tuple[str, Mapping[str, Any]]] = [
    *((call.path, example) for call in COMPUTING for example in call.examples.values()),
    *(("/evaluate", example) for example in MUED.values()),
    *(("/", example) for example in LAMBDA_FEEDBACK.values()),
    ("/v1/grade", SUBMISSION),
    ("/v1/grade", LATEX_RUBRIC),
    ("/v1/grade/batch", {**SUBMISSION, "id": "ada"}),
    ("/v1/grade/batch", {"defaults": SUBMISSION}),
]
PARTS = [
    example.document()
    for kind in (Layer, Loss, Optimizer, Initializer, Schedule)
    for part in kind.registry.values()
    for example in part.examples()
]
NUMBERS = [0, 1, -1, 2, 3, 5, 0.5, -0.0, 1e-320, 1e300, -1e300, 2**31, 2**53, 2**63, 2**64, 10**12]
WORDS = re.findall(
    r"\S+",
    "x y X Y N W1 b1 W2 Z1 A1 Z2 J L R lam dW1 dZ1 units layers model data loss name seed columns in_out sample none "
    "mean_all relu dropout batch_norm conv2d embedding residual flatten formula adam shape base64 dtype float32 "
    "outputs per_sample intermediates latex dense block he_normal problem answers array token rubric reveal hints ~/ ü",
)
TEXTS = [*WORDS, *ATTACKS.values(), *LATEX_ATTACKS.values()]
BASE64 = {"shape": [2], "dtype": "float64", "base64": "AA=="}
ARRAYS = [[], [[]], [1.0], [[1.0, 2.0]], [[1.0], [2.0, 3.0]], [[[0.5]]], [0, 1, 1], BASE64]
OTHERS: list[list[Any]] = [NUMBERS, TEXTS, ARRAYS, PARTS, [None, True, {}]]
"""What is put in the place of something else."""
TOLD = {
    "accept": ("application/json;arrays=base64", "application/vnd.safetensors", "text/html", "*/*;q=0", "\x7f"),
    "content-type": ("text/plain", "application/vnd.safetensors", "application/json; charset=utf-16", ""),
    "command": ("preview", "eval", "healthcheck", "", "x" * 999),
    "x-api-version": ("0.1.0", "1", ""),
    "content-encoding": ("gzip", "identity", ""),
    "content-length": ("999999999999", "-1"),
    "x-request-id": ("a\tb",),
}
HEADERS: list[Headers] = [{name: value} for name, values in TOLD.items() for value in values]


def mutants(seed: int, count: int) -> Iterator[Mutant]:
    """So many requests, each made of a good one."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    for _ in range(count):
        path, document = chance.choice(GOOD)
        kind = chance.choice(["document", "document", "bytes", "bytes", "both"])
        changed = _changed(document, chance) if kind != "bytes" else document
        encoding = chance.choice([*wire.Encoding, wire.Encoding.JSON])
        media_type, body = _encoded(changed, encoding)
        if kind != "document":
            body = spoilt(body or b"{}", chance)
        if path.endswith("/batch"):
            body = b"\n".join(chance.choices([body, b"", b"{", body[:99]], k=chance.randint(1, 4)))
        headers = {"content-type": media_type}
        if chance.random() < 0.2:
            headers |= chance.choice(HEADERS)
        yield Mutant(path, headers, body)


def _encoded(document: Any, encoding: wire.Encoding) -> tuple[str, bytes]:
    """The document in an encoding, its lists of numbers as arrays; as JSON where it cannot be written otherwise."""
    if encoding is not wire.Encoding.JSON:
        with suppress(ValueError, TypeError, OverflowError, wire.WireError):
            return wire.encode(_with_arrays(document), encoding)
    return wire.Encoding.JSON.value, json.dumps(document).encode()  # which writes also what orjson would refuse


def _with_arrays(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_arrays(inner) for key, inner in value.items()}
    if isinstance(value, list) and value:
        try:
            array = np.array(value)
        except ValueError:
            return [_with_arrays(inner) for inner in value]
        return array if array.dtype.kind in "fi" else [_with_arrays(inner) for inner in value]
    return value


def _changed(document: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with one or two things replaced, taken away or added."""
    result = copy.deepcopy(dict(document))
    for _ in range(chance.choice([1, 1, 2])):
        holder = _somewhere(result, chance)
        value = copy.deepcopy(chance.choice(chance.choice(OTHERS)))
        place = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder))) if holder else None
        what = chance.choice(["replace", "replace", "remove", "add"]) if holder else "add"
        if what == "replace":
            holder[place] = value
        elif what == "remove":
            del holder[place]
        elif isinstance(holder, dict):
            holder[chance.choice(TEXTS)] = value
        else:
            holder.append(value)
    return result


def _somewhere(document: Any, chance: random.Random) -> Any:
    """An object or list somewhere in a document."""
    holder = document
    while True:
        inner = [
            one for one in (holder.values() if isinstance(holder, dict) else holder) if isinstance(one, dict | list)
        ]
        if not inner or chance.random() < 0.3:
            return holder
        holder = chance.choice(inner)
