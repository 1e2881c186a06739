from collections.abc import Iterator

import pytest

from tests.support.service import Service, running

TOKEN_KEY = "the key of the tests"


@pytest.fixture(scope="package")
def service() -> Iterator[Service]:
    """A service to ask."""
    with running(CHAINRULER_TOKEN_KEY=TOKEN_KEY) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests says nothing here; tokens are those of the service."""
    monkeypatch.setenv("CHAINRULER_TOKEN_KEY", TOKEN_KEY)
    for name in ("CHAINRULER_URL", "CHAINRULER_API_KEY", "CHAINRULER_TIMEOUT", "CHAINRULER_LOG"):
        monkeypatch.delenv(name, raising=False)
