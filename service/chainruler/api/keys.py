"""API keys: a caller is known by its key, and refused what the key does not open, before the body is read."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from hashlib import sha256
from hmac import compare_digest
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from chainruler.api.errors import answered
from chainruler.calls.permissions import LOCAL, METRICS, Permission
from chainruler.refusals.documents import KNOWN, problem_of
from chainruler.refusals.transport import NotAllowed, TooManyRequests, Unauthorized

CLOSED = ("/v1/", "/metrics")
"""What a key opens besides calls; health and documentation are open to all."""


class Caller:
    """Everybody who sends one key; while its `turn` is entered, one of its requests is at work."""

    def __init__(self, permission: Permission | None, places: int, clock: Callable[[], float]) -> None:
        self.permission = permission
        self.name = LOCAL if permission is None else permission.name
        self.reveal = "values" if permission is None else permission.reveal
        share = 1.0 if permission is None else permission.share
        self.most = max(1, math.floor(share * places)) if share < 1 else math.inf
        self.at_work = 0
        self.turn: AbstractContextManager[object] = nullcontext() if permission is None else self
        self.clock = clock
        rate = None if permission is None else permission.rate
        self.rate = math.inf if rate is None else rate
        self.burst = max(1.0, self.rate)
        self.left, self.since = self.burst, clock()

    def may(self, call: str) -> bool:
        """Whether the key opens a call."""
        return self.permission is None or self.permission.calls is None or call in self.permission.calls

    def check(self, call: str, today: date) -> None:
        """Refuse a request that the key does not open, or not yet again."""
        if self.permission is None:
            return
        if self.permission.expires is not None and today > self.permission.expires:
            raise Unauthorized("This key is no longer good: its last day is over.")
        if not self.may(call):
            raise NotAllowed(f'The key "{self.name}" does not open this call.')
        if self.at_work >= self.most:
            raise TooManyRequests(f"Too many requests of this key are being answered: {self.most:.0f} at once.", 1)
        if self.rate < math.inf:
            self._take()

    def _take(self) -> None:
        """Take one request of those that the rate allows, saved up for a second at most."""
        now = self.clock()
        self.left = min(self.burst, self.left + (now - self.since) * self.rate)
        self.since = now
        if self.left < 1:
            seconds = math.ceil((1 - self.left) / self.rate)
            raise TooManyRequests(f"This key may send {self.rate:g} requests a second.", seconds)
        self.left -= 1

    def __enter__(self) -> Self:
        self.at_work += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.at_work -= 1


class Keys:
    """Tells callers apart. Only hashes of keys are known here, so that no setting and no dump gives one away."""

    def __init__(
        self, permissions: Iterable[Permission], places: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        callers = [Caller(permission, places, clock) for permission in permissions]
        self.callers = [(bytes.fromhex(one.permission.sha256), one) for one in callers if one.permission]
        self.local = Caller(None, places, clock)

    def check_names(self, calls: Container[str]) -> None:
        """Refuse to start with a key for a call that there is not: it would open less than somebody thinks."""
        for _, caller in self.callers:
            for name in (caller.permission and caller.permission.calls) or ():
                if name not in calls:
                    raise ValueError(f'The key "{caller.name}" is for "{name}", and there is no such call.')

    def admit(self, scope: Scope, call: str | None) -> Caller:
        """The caller, noted for the log and the metrics; a Refusal unless its key opens the call.

        Without a call only the key is looked at: the path is none, or that of a call which admits by itself.
        """
        if not self.callers:
            return self.local
        caller = self._caller(offered(scope))
        scope.setdefault("state", {})["caller"] = caller.name
        if call is not None:
            caller.check(call, datetime.now(UTC).date())
        return caller

    def _caller(self, key: bytes | None) -> Caller:
        """The caller of a key; all are compared, each in the same time whatever it is."""
        digest = sha256(key or b"").digest()
        found = [caller for known, caller in self.callers if compare_digest(digest, known)]
        if key is None or not found:
            raise Unauthorized
        return found[0]


class AccessMiddleware:
    """Pure ASGI middleware for what is no call of the table, and for paths that do not exist."""

    def __init__(self, app: ASGIApp, *, keys: Keys) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that has a key, or that needs none."""
        if scope["type"] != "http" or not _is_closed(scope):
            await self.app(scope, receive, send)
            return
        try:
            with self.keys.admit(scope, METRICS if _path(scope) == "/metrics" else None).turn:
                await self.app(scope, receive, send)
        except KNOWN as error:
            await answered(problem_of(error))(scope, receive, send)


def _is_closed(scope: Scope) -> bool:
    return _path(scope).startswith(CLOSED)


def _path(scope: Scope) -> str:
    """The path of a request; where this is mounted below another application, what stands before it is left out."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def offered(scope: Scope) -> bytes | None:
    """The key that a request brings, in whichever header."""
    for name, value in scope["headers"]:
        if name in {b"x-api-key", b"api-key"}:
            return bytes(value)
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:].strip())
    return None
