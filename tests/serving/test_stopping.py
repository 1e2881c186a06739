import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from pydantic import ValidationError

from chainruler.settings import Settings
from tests.serving.workers import answering, children, slow_service
from tests.support.service import PATIENCE, Service

pytestmark = pytest.mark.alone


HASTY = {
    "CHAINRULER_DEADLINE_SECONDS": "0.5",
    "CHAINRULER_SHUTDOWN_TIMEOUT": "1",
}
"""A service that stops in a second."""


@contextmanager
def in_flight(service: Service, seconds: float) -> Iterator[httpx.Response]:
    """A request whose answer has begun and takes this long to end."""
    with httpx.stream("GET", f"{service.url}/slow", params={"seconds": seconds}, timeout=PATIENCE) as answer:
        begun = answer.iter_raw(1)
        assert next(begun) == b"("
        answer.extensions["rest"] = begun
        yield answer


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_turns_ready_off_at_once_and_lets_requests_finish(workers: int) -> None:
    """After SIGTERM new connections are told 503, the request in flight is answered whole, and the exit code is 0."""
    with (
        httpx.Client(timeout=PATIENCE) as client,
        slow_service(workers, CHAINRULER_DRAIN_SECONDS="1") as service,
        in_flight(service, 2.5) as answer,
    ):
        asked = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        ready = [client.get(f"{service.url}/health/ready") for _ in range(8)]
        told = time.monotonic() - asked
        rest = b"".join(answer.extensions["rest"])
        code = service.process.wait(PATIENCE)
        took = time.monotonic() - asked

        assert {(reply.status_code, reply.json()["status"]) for reply in ready} == {(503, "draining")}
        assert {reply.headers["connection"] for reply in ready} == {"close"}
        assert told < 1
        assert rest == b")"
        assert code == 0
        assert 2 < took < 10
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{service.url}/health/live")


def test_ctrl_c_while_workers_are_starting_is_no_failure() -> None:
    """A worker that is still importing is not torn by the SIGINT that a terminal sends to the whole group."""
    with slow_service(2) as service:
        while len(started := children(service.process.pid)) < 3:  # multiprocessing adds a process of its own
            time.sleep(0.001)
        time.sleep(0.2)
        for process in [*started, service.process.pid]:
            os.kill(process, signal.SIGINT)
            time.sleep(0.05)

        assert service.process.wait(PATIENCE) == 0
        assert "KeyboardInterrupt" not in service.log_file.read_text()


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("moment", [0.0, 0.02, 0.1, 0.4])
def test_a_stop_in_the_middle_of_the_start_leaves_nobody_behind(moment: float) -> None:
    """SIGTERM while workers are being started reaches those that come after it too."""
    with slow_service(6) as service:
        time.sleep(moment)
        asked = time.monotonic()
        service.process.terminate()
        code = service.process.wait(PATIENCE)

        assert code in {0, -signal.SIGTERM}
        assert time.monotonic() - asked < 15


def test_a_request_that_takes_too_long_is_cut() -> None:
    """What is in flight gets CHAINRULER_SHUTDOWN_TIMEOUT seconds and no more; the answer has begun, so it breaks."""
    with (
        slow_service(1, **HASTY) as service,
        in_flight(service, 60) as answer,
    ):
        service.process.send_signal(signal.SIGTERM)

        with pytest.raises(httpx.RemoteProtocolError):
            b"".join(answer.extensions["rest"])
        assert service.process.wait(PATIENCE) == 0


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_in_flight_gets_a_500(workers: int) -> None:
    """A request that has no answer when the time is over gets 503, and a thread that computes on holds up nothing."""
    with slow_service(workers, **HASTY) as service, ThreadPoolExecutor(2) as clients:
        answering(service, 1)
        asked = [clients.submit(httpx.get, f"{service.url}/{path}", timeout=PATIENCE) for path in ("wait", "compute")]
        time.sleep(1)
        began = time.monotonic()
        service.process.terminate()
        code = service.process.wait(PATIENCE)
        took = time.monotonic() - began
        answers = [one.result() for one in asked]
        log = service.log_file.read_text()

    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert code == 0
    assert took < 15
    assert "Traceback" not in log


def test_a_time_to_stop_below_the_deadline_is_refused() -> None:
    """Requests in flight would be cut although they keep to their deadline."""
    with pytest.raises(ValidationError, match="more than the deadline"):
        Settings(deadline_seconds=30, shutdown_timeout=25)

    assert Settings(deadline_seconds=30).shutdown_seconds > 30
