"""Several workers: one that dies is replaced, connections are spread over all, and none stays when the service ends."""

import os
import signal
import time
from contextlib import ExitStack

import httpx
import pytest

from tests.serving.workers import alive, answering, children, slow_service
from tests.support.service import PATIENCE


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_stops_without_waiting_for_a_load_balancer(workers: int) -> None:
    """SIGINT ends an idle service in good order, however long it would drain."""
    with slow_service(workers, CHAINRULER_DRAIN_SECONDS="60") as service:
        httpx.get(f"{service.url}/health/live", timeout=PATIENCE)
        for process in [service.process.pid, *children(service.process.pid)]:
            os.kill(process, signal.SIGINT)  # as a terminal does: the whole group gets it

        assert service.process.wait(PATIENCE) == 0


def test_a_worker_that_dies_is_replaced() -> None:
    """After kill -9 of a worker, its connections are served by another one, and the log says what happened."""
    with slow_service(2) as service:
        before = answering(service, 2)
        os.kill(min(before), signal.SIGKILL)
        after = answering(service, 2, without=min(before))

        assert len(before & after) == 1
        assert any("died with code -9" in str(line["event"]) for line in service.log())
        assert service.stop() == 0


def test_connections_are_spread_over_the_workers() -> None:
    """Of any burst of connections each worker has its share, exactly: chance would often leave one nearly idle."""
    with slow_service(2) as service:
        answering(service, 2)
        for _ in range(20):
            with ExitStack() as opened:
                clients = [opened.enter_context(httpx.Client(timeout=PATIENCE)) for _ in range(8)]
                answers = [client.get(f"{service.url}/who").json() for client in clients]

            assert sorted(answers.count(worker) for worker in set(answers)) == [4, 4]
            time.sleep(0.02)  # until the workers have seen them go


def test_workers_do_not_outlive_their_supervisor() -> None:
    """When the supervisor is killed, its workers stop by themselves, and the port is free again."""
    with slow_service(2) as service:
        workers = answering(service, 2)
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        deadline = time.monotonic() + PATIENCE
        while any(alive(worker) for worker in workers) and time.monotonic() < deadline:
            time.sleep(0.1)

        assert not [worker for worker in workers if alive(worker)]
