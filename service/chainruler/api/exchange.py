"""What every exchange has: an id, security headers, a line in the log, numbers in the metrics, an answer and an end."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from contextlib import suppress
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chainruler.api.errors import answered
from chainruler.api.health import Readiness
from chainruler.api.logs import Sink, json_line
from chainruler.api.metrics import Metrics
from chainruler.refusals.documents import problem, problem_of
from chainruler.refusals.transport import Busy

logger = logging.getLogger("chainruler")

SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""Nothing here is a page but the documentation, which adds a policy of its own."""

DRAIN_SECONDS = 2.0
DRAIN_BYTES = 64 * 2**20
"""For how long, and how many bytes, a client may go on sending a body that was answered before its end.

A connection that is closed with unread bytes is reset, and the client would lose the answer that tells it why.
"""

ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Exchange:
    """Pure ASGI middleware around the whole application.

    Not `@app.middleware("http")`: that cost 97 µs a request in a trial, and this costs 5 with its line of the log.
    """

    def __init__(
        self, app: ASGIApp, *, readiness: Readiness, metrics: Metrics, log: Sink | None, owner: str | None
    ) -> None:
        self.app = app
        self.owner = owner
        """The name of a caller whose key nobody asked for."""
        self.readiness = readiness
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and write the log's line when it has answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        measured = _Measured(scope, receive, send, self.readiness)
        self.metrics.add("in_flight", 1)
        try:
            await self.app(scope, measured.receive, measured.send)
        except Exception:
            logger.exception("unforeseen error", extra={"request_id": measured.request_id})
            if measured.status is None:
                await answered(problem(500))(scope, receive, measured.send)
            else:
                raise  # the answer is half sent: only breaking the connection tells the client that it is not whole
        except asyncio.CancelledError:  # the worker stops, and this request has had the time that is left
            if measured.status is None:
                await answered(problem_of(Busy("This service stops")))(scope, receive, measured.send)
        finally:
            self.metrics.add("in_flight", -1)
            self._tell(measured)

    def _tell(self, measured: _Measured) -> None:
        """Count the exchange, and write its line of the log."""
        route, seconds = route_template(measured.scope), perf_counter() - measured.started
        self.metrics.request(route, measured.status, seconds, (measured.bytes_in, measured.bytes_out))
        caller = measured.scope["state"].get("caller", self.owner)
        if caller is not None:
            self.metrics.caller(caller, measured.status)
        if self.log is not None:
            self.log(measured.line(route, caller, seconds))


class _Measured:
    """One request under way: counts bytes in and out, and stamps the answer with the request's id."""

    __slots__ = (
        *("_readiness", "_receive", "_send", "bytes_in", "bytes_out", "request_id", "scope", "started", "status"),
        "whole",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, readiness: Readiness) -> None:
        self.scope, self._receive, self._send, self._readiness = scope, receive, send, readiness
        self.started = perf_counter()
        self.status: int | None = None
        self.bytes_in = self.bytes_out = 0
        self.whole = False
        """Whether the body was read to its end."""
        self.request_id = request_id(next((value for name, value in scope["headers"] if name == b"x-request-id"), None))
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def receive(self) -> Message:
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        self.whole = self.whole or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            stamps = [(b"x-request-id", self.request_id.encode()), *SECURITY]
            self.whole = self.whole or not _has_body(self.scope)
            if self._readiness.draining or not self.whole:
                # Without it a client keeps a connection that is about to close, and loses its next request to the race.
                stamps.append((b"connection", b"close"))
            message = {**message, "headers": [*message.get("headers", ()), *stamps]}
        elif not self.whole and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._drain()
            self.bytes_out += len(message.get("body", b""))
            message = {**message, "body": b""}
        self.bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def _drain(self) -> None:
        """Forget what the client still sends of the body, up to a point; then the connection may be closed."""
        most = self.bytes_in + DRAIN_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.whole and self.bytes_in < most:
                    await self.receive()

    def line(self, route: str | None, caller: str | None, seconds: float) -> bytes:
        """The line of the log: never a path, a header or a body as the client wrote it."""
        fields = {
            "method": self.scope["method"],
            "route": route,
            "caller": caller,
            "status": self.status,  # null when the client went before there was an answer
            "duration_ms": round(seconds * 1e3, 3),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "request_id": self.request_id,
        }
        return json_line("info", "request", fields)


def _has_body(scope: Scope) -> bool:
    """Whether the headers announce a body."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def request_id(offered: bytes | None) -> str:
    """The id that the client offered, if it is harmless in a log and a header; otherwise a new one."""
    if offered is not None and ACCEPTABLE_ID.fullmatch(offered):
        return offered.decode("ascii")
    return os.urandom(16).hex()  # as random as uuid4, in a quarter of its time


def route_template(scope: Scope) -> str | None:
    """The path of the route that answered, its parameters unfilled; None when no route did."""
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is None and scope.get("root_path") != scope.get("app_root_path", scope.get("root_path")):
        return str(scope["root_path"])  # a mounted folder of files: the paths below it are not ours to log
    return template
