"""A client and a real service: connections, threads, keys, and a service that is busy."""

import asyncio
import gc
import socket
import threading
import warnings
from typing import Any

import httpx
import numpy as np
import pytest

from chainruler import textbook
from chainruler_client import AsyncClient, Client, Unavailable
from chainruler_client.transport import SMALL
from tests.client.asking import bits
from tests.support.service import Service, running

PROBLEM = textbook.problem("two_two_two")


@pytest.mark.parametrize("size", [SMALL // 8 - 100, SMALL // 8 + 100, 500_000])
def test_answers_of_every_size_arrive(service: Service, size: int) -> None:
    """Those in one piece and those in many, with both clients; the arrays can be written to."""
    x = np.random.default_rng(0).normal(size=(size, 1))
    problem = {"model": {"layers": [{"type": "tanh"}]}, "data": {"x": x}}

    async def awaited() -> Any:
        async with AsyncClient(service.url) as client:
            return await client.forward(problem)

    with Client(service.url) as client:
        for result in (client.forward(problem), asyncio.run(awaited())):
            assert result.outputs.tobytes() == Client.local().forward(problem).outputs.tobytes()
            result.outputs[0] = 0.0


def test_connections_are_kept_for_the_next_call(service: Service) -> None:
    """Many calls, also of clients with other options, share a connection; `close` ends it."""
    connections: list[socket.socket] = []

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            connections.append(response.extensions["network_stream"].get_extra_info("socket"))
            return response

    with Client(service.url, transport=Counting()) as client:
        for _ in range(3):
            client.live()
            client.with_options(timeout=3).gradients(PROBLEM)

    assert len(connections) == 6
    assert len({id(connection) for connection in connections}) == 1
    assert connections[0].fileno() == -1


def test_one_client_serves_many_threads(service: Service) -> None:
    """Results do not get mixed up."""
    problems = [{**PROBLEM, "data": {"x": [[i / 10, 1.0]], "y": [[0.0, 1.0]]}} for i in range(8)]
    found: dict[int, Any] = {}
    with Client(service.url) as client:
        threads = [
            threading.Thread(
                target=lambda i=i: found.update({i: [bits(client.gradients(problems[i])) for _ in range(20)]})
            )
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    local = Client.local()
    assert [i for i in range(8) if found[i] != [bits(local.gradients(problems[i]))] * 20] == []


def test_a_client_that_nobody_closes_leaves_nothing_behind(service: Service) -> None:
    """Its connections end with it, without a warning."""
    client = Client(service.url)
    client.live()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del client
        gc.collect()

    assert caught == []


def test_keys_open_a_locked_service() -> None:
    """With the right key there is an answer, with none there is a refusal that says so."""
    from hashlib import sha256  # noqa: PLC0415  (one test)

    with running(CHAINRULER_API_KEYS=sha256(b"open").hexdigest()) as locked:
        assert Client(locked.url, api_key="open").layers().layers
        with pytest.raises(Exception, match="unknown_key"):
            Client(locked.url).layers()


def test_a_busy_service_is_waited_for() -> None:
    """Where the only thread computes and nobody may queue, a call is tried again until it is answered."""
    with running(CHAINRULER_THREADS="1", CHAINRULER_MAX_QUEUE="0") as busy:
        client = Client(busy.url, retries=60)
        long = threading.Thread(target=lambda: client.step(PROBLEM, optimizer={"type": "adam"}, steps=4_000))
        long.start()

        refused = False
        while long.is_alive() and not refused:
            try:
                client.with_options(retries=0).derivation(PROBLEM)
            except Unavailable as error:
                refused = error.code == "busy"

        assert refused
        assert client.derivation(PROBLEM).steps
        long.join()
