import orjson
import pytest
from fastapi import FastAPI

from chainruler.app import create_app
from chainruler.settings import Settings


class Log:
    """Where an application under test logs to."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []

    def lines(self) -> list[dict[str, object]]:
        """What was logged, read back."""
        return [orjson.loads(line) for line in self.raw]


@pytest.fixture
def log() -> Log:
    """An empty log."""
    return Log()


@pytest.fixture
def app(log: Log) -> FastAPI:
    """The application with default settings, logging into `log`."""
    return create_app(Settings(), log=log.raw.append)
