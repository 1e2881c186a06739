"""What a client is told: by arguments, by the environment where they say nothing, and last by defaults."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, get_args

from chainruler_client.encoding import Encoding

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

logger = logging.getLogger("chainruler_client")
"""Told nothing above `info`: what Python writes to stderr unasked, a warning, fails a grader's cell."""


class Changes(TypedDict, total=False):
    """What `with_options` can change."""

    timeout: float
    """Seconds to wait for a connection, and for anything to come or go on it."""
    retries: int
    """How often a call is tried again that may go well the next time."""
    encoding: Encoding
    """How arrays travel."""
    headers: Mapping[str, str]
    """What to send along with every request."""
    api_key: str
    """The key that the service asks for; when a client is made, otherwise CHAINRULER_API_KEY."""


class Given(Changes, total=False):
    """What a client can be told when it is made."""

    log_level: LogLevel
    """From where on clients tell on stderr what they do; otherwise CHAINRULER_LOG, otherwise nothing is told."""


@dataclass(frozen=True)
class Options:
    """How calls are made."""

    timeout: float = 60.0
    retries: int = 2
    encoding: Encoding = "auto"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # the key is among them

    @classmethod
    def of(cls, **given: Unpack[Given]) -> Options:
        """The options that a client is given, with those of the environment where it is given none."""
        log_to_stderr(given.pop("log_level", None) or os.environ.get("CHAINRULER_LOG"))
        changes: dict[str, Any] = {}
        if key := os.environ.get("CHAINRULER_API_KEY"):
            changes["api_key"] = key
        if text := os.environ.get("CHAINRULER_TIMEOUT"):
            changes["timeout"] = _seconds(text)
        changes.update(given)
        return cls().changed(**changes)

    def changed(self, **changes: Unpack[Changes]) -> Options:
        """These options with others in their place; headers come on top of those there are."""
        others: dict[str, Any] = dict(changes)
        key = others.pop("api_key", None)
        keys = {"Authorization": f"Bearer {key}"} if key else {}
        changed = replace(self, **others | {"headers": {**self.headers, **keys, **changes.get("headers", {})}})
        if not changed.timeout > 0:
            raise ValueError(f"The timeout must be a number of seconds above 0, not {changed.timeout}.")
        if changed.encoding not in get_args(Encoding):
            known = ", ".join(map(repr, get_args(Encoding)))
            raise ValueError(f"The encoding must be one of {known}, not {changed.encoding!r}.")
        if changed.retries < 0:
            raise ValueError(f"The retries must be 0 or more, not {changed.retries}.")
        return changed


def address(given: str | None) -> str:
    """Where the service is."""
    return given or os.environ.get("CHAINRULER_URL") or "http://127.0.0.1:8000"


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"CHAINRULER_TIMEOUT must be a number of seconds, not {text!r}.") from None


def log_to_stderr(level: str | None) -> None:
    """Tell on stderr what all clients do, from this level on; without a level, leave it as it is."""
    if not level:
        return
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"The log level must be debug, info, warning or error, not {level!r}.")
    logger.setLevel(number)
    if not any(type(handler) is logging.StreamHandler for handler in logger.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False  # or it would be told twice where the program logs as well
