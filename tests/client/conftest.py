from collections.abc import Iterator

import pytest

from chainruler_client import Client
from tests.support.service import Service, running


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A service for all tests of a process."""
    with running("--log-level", "warning") as started:
        yield started


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    """A client of that service."""
    with Client(service.url) as opened:
        yield opened


@pytest.fixture
def local() -> Client:
    """A client that needs no service."""
    return Client.local()
