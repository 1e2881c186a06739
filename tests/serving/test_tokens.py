"""Tokens of problems among several workers."""

import httpx
import pytest

from chainruler.calls.examples import PROBLEMS
from tests.serving.workers import one_client_each, slow_service
from tests.support.service import PATIENCE

PROBLEM = PROBLEMS["a classifier of sizes that tell"]


def graded(client: httpx.Client, token: str) -> httpx.Response:
    """The answer to a submission to the problem of a token."""
    return client.post("/v1/grade", json={"problem": {"token": token}, "answers": {"b1": {"formula": "dZ1"}}})


def test_every_worker_takes_the_tokens_of_every_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key in the environment one is made up for all workers, not one by each."""
    monkeypatch.delenv("CHAINRULER_TOKEN_KEY", raising=False)
    with slow_service(2) as service, one_client_each(service, 2) as clients:
        tokens = [client.post("/v1/problems", json=PROBLEM).json()["token"] for client in clients]
        answers = [graded(client, token) for client in clients for token in tokens]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.slow
def test_without_a_key_tokens_end_with_the_service_and_with_one_they_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restart makes up another key; one that was set is the same again."""
    monkeypatch.delenv("CHAINRULER_TOKEN_KEY", raising=False)
    statuses = []
    for environment in ({}, {"CHAINRULER_TOKEN_KEY": "a key of this test"}):
        token = ""
        for _ in range(2):
            with (
                slow_service(1, **environment) as service,
                httpx.Client(base_url=service.url, timeout=PATIENCE) as client,
            ):
                statuses.append(graded(client, token).status_code if token else 0)
                token = client.post("/v1/problems", json=PROBLEM).json()["token"]

    assert statuses == [0, 422, 0, 200]
