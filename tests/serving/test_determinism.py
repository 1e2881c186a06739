"""The same request gets the same bytes: from any worker, in any encoding, now and after a restart."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import orjson
import pytest

from chainruler import wire
from chainruler.calls.examples import LAMBDA_FEEDBACK, MUED
from chainruler.calls.table import COMPUTING
from tests.serving.workers import one_client_each, slow_service
from tests.support.sampling import share_of

pytestmark = pytest.mark.xdist_group("determinism")

ASKED = [
    *((call.path, orjson.dumps(example)) for call in COMPUTING for example in call.examples.values()),
    *(("/evaluate", orjson.dumps(example)) for example in MUED.values()),
    *(("/", orjson.dumps(example)) for example in LAMBDA_FEEDBACK.values()),
]
Answers = dict[tuple[str, bytes, str], bytes]


@contextmanager
def two_workers() -> Iterator[list[httpx.Client]]:
    """A client of each worker of a service that was just started."""
    environment = {"CHAINRULER_TOKEN_KEY": "the key of this test"}
    with slow_service(2, **environment) as service, one_client_each(service, 2) as clients:
        yield clients


def answers(client: httpx.Client) -> Answers:
    """What a worker answers to a share of everything, in every encoding of the answer."""
    found: Answers = {}
    for path, body in share_of(ASKED, 0.1, "determinism"):
        for encoding in wire.Encoding:
            answer = client.post(path, content=body, headers={"Accept": encoding.value})
            assert answer.status_code == 200, (path, answer.text)
            found[path, body, encoding.value] = answer.content
    return found


@pytest.fixture(scope="module")
def clients() -> Iterator[list[httpx.Client]]:
    """The clients of one such service."""
    with two_workers() as opened:
        yield opened


def test_the_same_request_gets_the_same_bytes(clients: list[httpx.Client]) -> None:
    """Examples of the calls, asked twice of one worker, once of another, and of one more after a restart."""
    first = [answers(client) for client in (*clients, clients[0])]
    with two_workers() as restarted:
        second = answers(restarted[-1])

    for others in (*first, second):
        assert [key for key in first[0] if others[key] != first[0][key]] == []


def test_a_request_in_another_encoding_gets_the_same_bytes(clients: list[httpx.Client]) -> None:
    """What was asked in JSON, in base64 and in safetensors is answered alike to the last bit."""
    for call in share_of(COMPUTING, 0.25, "encodings"):
        example = next(iter(call.examples.values()))
        bodies = [wire.encode(wire.decode(orjson.dumps(example)), encoding) for encoding in wire.Encoding]
        told = {
            client.post(call.path, content=body, headers={"Content-Type": kind.partition(";")[0]}).content
            for client in clients
            for kind, body in bodies
        }

        assert len(told) == 1, call.path
