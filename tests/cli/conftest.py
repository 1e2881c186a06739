from collections.abc import Iterator

import pytest

from tests.support.service import Service, running


@pytest.fixture(scope="package")
def service() -> Iterator[Service]:
    """A service to ask."""
    with running() as started:
        yield started


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests says nothing here."""
    for name in ("CHAINRULER_URL", "CHAINRULER_API_KEY", "CHAINRULER_TIMEOUT", "CHAINRULER_LOG"):
        monkeypatch.delenv(name, raising=False)
