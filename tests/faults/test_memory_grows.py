"""Requests that never ask the same thing twice: a worker stays within its memory, and does not die of a hard limit."""

import base64
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from chainruler.calls.examples import CLASSIFIER
from tests.support.processes import Process
from tests.support.service import PATIENCE, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold a process to this limit"),
]

MB = 2**20
MEMORY = 320 * MB
ADDRESSES = 1_500_000
"""Kilobytes of address space, much of which is never in memory."""
ACTIVATIONS = ["relu", "sigmoid", "tanh", "softplus"]

Document = dict[str, Any]


def posed(random: Random) -> Document:
    """A network that hardly any other request has, with numbers of its own."""
    layers: list[Document] = []
    for _ in range(random.randint(1, 3)):
        layers += [{"type": "linear", "units": random.randint(2, 9)}, {"type": random.choice(ACTIVATIONS)}]
    return {
        "model": {"layers": [*layers, {"type": "linear", "units": 3}]},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "he_normal", "seed": random.randint(0, 10**9)},
        "data": {"x": np.random.default_rng(random.randint(0, 10**9)).normal(size=(5, 4)), "y": np.zeros(5, int)},
    }


def submission(random: Random) -> Document:
    """A wrong answer to a problem of one's own."""
    layers = [{"type": "linear", "units": 10}, {"type": "relu"}, {"type": "linear", "units": 3}]
    problem = {**posed(random), "model": {"layers": layers}}
    return {"problem": problem, "answers": {"b2": {"array": [random.random() for _ in range(3)]}}}


@pytest.mark.parametrize(
    ("path", "document", "count"),
    [("/v1/gradients", posed, 600), ("/v1/grade", submission, 150)],
    ids=["models", "submissions"],
)
def test_what_is_new_every_time_has_an_end(path: str, document: Any, count: int) -> None:
    """Every request is answered, and the worker's memory stays below what it may have."""
    random = Random(7)  # noqa: S311  (no secret)
    command = ("sh", "-c", f'ulimit -v {ADDRESSES}; exec "{sys.executable}" -m chainruler serve')
    settings = {"CHAINRULER_MEMORY": str(MEMORY), "CHAINRULER_LOG_LEVEL": "warning"}
    heights = []
    with (
        running(command=command, **settings) as service,
        httpx.Client(base_url=service.url, timeout=PATIENCE) as client,
    ):
        process = Process(service.process.pid)
        for _ in range(count):
            body = orjson.dumps(document(random), option=orjson.OPT_SERIALIZE_NUMPY)
            assert client.post(path, content=body).status_code == 200
            heights.append(process.resident)
        errors = [line for line in service.log() if line["level"] == "error"]

    print(f"{heights[0] / MB:.0f}, {heights[count // 2] / MB:.0f}, {heights[-1] / MB:.0f} MB")  # noqa: T201
    assert errors == []
    assert max(heights) < MEMORY


LARGEST = 31 * MB
CLIENTS, BUDGET = 64, 460 * MB
ROW = b"[" + b",".join([b"1"] * 50) + b"]"


def numbers() -> bytes:
    """The most numbers that a body can hold: of one digit each."""
    rows = b",".join([ROW] * (LARGEST // (len(ROW) + 1)))
    return b'{"model":{"layers":[{"type":"relu"}]},"data":{"x":[' + rows + b"]}}"


def text() -> bytes:
    """One array in base64."""
    count = LARGEST * 3 // 4 // 8
    x = {"shape": [count, 1], "dtype": "float64", "base64": base64.b64encode(bytes(8 * count)).decode()}
    return orjson.dumps({"model": {"layers": [{"type": "relu"}]}, "data": {"x": x}})


@pytest.mark.parametrize("body", [numbers, text])
def test_the_largest_bodies_share_the_budget(body: Callable[[], bytes]) -> None:
    """Of 64 clients with bodies as large as may be, those that do not fit are told to come again; none is broken."""
    content = body()
    settings = {"CHAINRULER_MEMORY": str(BUDGET), "CHAINRULER_LOG_LEVEL": "warning"}
    with running(**settings) as service:
        process = Process(service.process.pid)

        def post(_: int) -> tuple[int, bool]:
            answer = httpx.post(f"{service.url}/v1/forward", content=content, timeout=PATIENCE * 2)
            return answer.status_code, "retry-after" in answer.headers

        with ThreadPoolExecutor(CLIENTS) as clients:
            answers = set(clients.map(post, range(CLIENTS)))
        height = process.height
        errors = [line for line in service.log() if line["level"] == "error"]

    print(f"{height / MB:.0f} MB of {BUDGET / MB:.0f}")  # noqa: T201
    assert errors == []
    assert answers <= {(200, False), (422, False), (503, True)}
    assert height < BUDGET


def test_requests_like_those_before_take_no_memory() -> None:
    """After a warm-up, 1,000 requests of several calls, some of them refused, leave less than 1 MB behind."""
    bodies = [
        ("gradients", CLASSIFIER),
        ("forward", {**CLASSIFIER, "include": ["intermediates"]}),
        ("gradients", {**CLASSIFIER, "data": {"x": [[1.0, 2.0, 3.0]], "y": [0]}}),
        ("grade", {"problem": CLASSIFIER, "answers": {"b2": {"formula": "sum(dZ2, axis=0)"}}}),
    ]
    with (
        running(CHAINRULER_LOG_LEVEL="warning") as service,
        httpx.Client(base_url=service.url, timeout=PATIENCE) as client,
    ):
        process = Process(service.process.pid)

        def after(count: int) -> int:
            for turn in range(count):
                name, document = bodies[turn % len(bodies)]
                assert client.post(f"/v1/{name}", json=document).status_code in {200, 422}
            return process.resident

        warm = after(1000)
        growth = after(1000) - warm

    print(f"{growth / MB:.2f} MB")  # noqa: T201
    assert growth < MB
