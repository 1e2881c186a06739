"""Bad input at a real service: each row of the table costs little, is answered shortly, and harms nobody."""

from collections.abc import Iterator

import orjson
import pytest

from tests.api.requests import good
from tests.faults.grader import GRADER
from tests.faults.sending import Address, post
from tests.faults.table import TABLE, Row
from tests.support.processes import Process
from tests.support.service import Service, running

pytestmark = pytest.mark.xdist_group("bad input")

GOOD = post("/v1/gradients", orjson.dumps(good()))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One service for the whole table: what one row breaks, the next would notice."""
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def address(service: Service) -> Address:
    """Where it listens."""
    host, port = service.url.removeprefix("http://").split(":")
    return host, int(port)


@pytest.fixture(scope="module")
def right(address: Address) -> bytes:
    """The answer to a good request, before anything bad was sent."""
    return GOOD(address).content


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("row", [*TABLE.values(), *GRADER.values()], ids=[*TABLE, *GRADER])
def test_bad_input_is_bounded(service: Service, address: Address, right: bytes, row: Row) -> None:
    """Status and code are as required, cost and answer within bounds, and the next request gets the same bytes."""
    process = Process(service.process.pid)
    process.forget_height()
    before, began = process.resident, process.seconds

    answer = row.send(address)

    took, grew = process.seconds - began, process.height - before
    assert answer.status == row.status, answer.content[:500]
    assert row.code is None or answer.code == row.code
    assert len(answer.content) <= row.longest
    assert took <= row.seconds
    assert grew <= row.memory
    assert GOOD(address).content == right


def test_nothing_was_an_error_of_ours(service: Service) -> None:
    """After all rows the log has no line of level error, every line is JSON, and none repeats what was sent."""
    lines = service.log()

    assert [line for line in lines if line["level"] == "error"] == []
    assert {line.get("route") for line in lines} <= {None, *ROUTES}


ROUTES = {
    *("/v1/gradients", "/v1/step", "/v1/jacobian", "/v1/differentiate", "/v1/grade", "/v1/grade/batch", "/v1/preview"),
    *("/v1/problems", "/evaluate", "/", "/health/live"),
}
