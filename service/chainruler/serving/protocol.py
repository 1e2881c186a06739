"""HTTP as uvicorn speaks it, with the limits on connections and headers that uvicorn does not have."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chainruler.api.exchange import SECURITY
from chainruler.refusals.documents import MEDIA_TYPE, problem_of
from chainruler.refusals.transport import Busy, HeadersTooLarge, HeadersTooSlow, NotHttp, Refusal
from chainruler.serving import reserve
from chainruler.serving.admission import Admission
from chainruler.serving.refusals import Refusals
from chainruler.serving.reserve import Reserve

MOST_HEADER_BYTES = 65_536
MOST_FIELDS = 256
"""Header fields of one request: each is some hundred bytes of memory, however short it is."""
MOST_PIPELINED = 64
"""Requests that wait on one connection for the answer before theirs."""
LINGER_SECONDS = 1.0
LINGER_BYTES = 2**24
"""For how long, and how many bytes, a client that was refused may go on sending."""
NOWHERE: deque[tuple[bytes, bytes]] = deque(maxlen=0)
"""Takes the trailers behind a body, which nobody reads, and keeps none."""


class Stop(Exception):
    """Raised in a callback of the parser: the request is refused, and nothing after it is read."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True)
class Rules:
    """What all connections of a worker are held to."""

    header_seconds: float
    answer_seconds: float
    admission: Admission
    reserve: Reserve
    refusals: Refusals


class StrictProtocol(HttpToolsProtocol):
    """Closes a connection that is one too many, whose headers take too long or too much, or that does not read.

    A client that sends a byte now and then would otherwise keep a connection for ever, and so would one that connects
    and is silent, and one that takes its answer byte by byte; between two requests uvicorn's own timer runs. A body
    that nobody reads is `Exchange`'s to end.
    """

    rules: Rules
    admitted = False
    # One timer looks again and again: to set and cancel one for each request would cost more than the look.
    timer: asyncio.TimerHandle | None = None
    since: float | None = None
    """When the headers that are awaited were begun; None while a request is answered, or between two."""
    header_bytes = 0
    """How many bytes of them have come in pieces before this one."""
    piece = 0
    """How many bytes came last."""
    asked = False
    """Whether a request was given to the application."""
    in_body = False
    """Whether the headers of the last request have ended, and its body has not."""
    framing = 0
    """Bytes of chunk sizes, chunk extensions and trailers, less the bytes of the body itself."""
    stalled: asyncio.TimerHandle | None = None
    """Runs while the client takes nothing of its answer."""
    refused: asyncio.TimerHandle | None = None
    """Runs after an answer that ends the connection, until it is closed."""
    unread = 0
    """Bytes that have come since."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.admitted = self.rules.admission.admit(self._host())
        if self.admitted:
            self._expect_headers()
        else:
            self.timer = self.loop.call_later(reserve.SECONDS, self.turn_away)
            self.rules.reserve.enter(self)

    def turn_away(self) -> None:
        """End a connection beyond the limit; one that is being answered has had its time."""
        if not self.asked and self.refused is None:
            self._tell(_too_many())
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.piece = len(data)
        if self.refused is not None:
            self.unread += len(data)
            if self.unread > LINGER_BYTES:
                self.transport.abort()
            return
        if self.timeout_keep_alive_task is not None and self.since is None:  # uvicorn cancels it for any byte
            self._expect_headers()
        if self.in_body:
            self.framing += len(data)
        super().data_received(data)
        if self.since is not None:  # the headers have not ended yet
            self.header_bytes += len(data)
            if self.header_bytes > MOST_HEADER_BYTES or len(self.headers or ()) > MOST_FIELDS:
                self._refuse(HeadersTooLarge(MOST_HEADER_BYTES, MOST_FIELDS))
        elif self.framing > MOST_HEADER_BYTES and self.in_body:
            self._refuse(HeadersTooLarge(MOST_HEADER_BYTES, MOST_FIELDS))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.since is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        self._check_headers()
        self.since = None
        self.header_bytes = self.framing = 0
        self.asked = self.in_body = True
        super().on_headers_complete()
        self.headers = NOWHERE  # type: ignore[assignment]
        if not self.admitted:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        # Twice: once because it is no framing, and once because each of its bytes allows for one byte of framing.
        self.framing -= 2 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.in_body:  # what still comes would hold the connection without a timer
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stalled = self.loop.call_later(self.rules.answer_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.stalled is not None:
            self.stalled.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP; uvicorn's own words would be plain text. What a callback raises comes here too."""
        raised = sys.exc_info()[1]
        cause = None if raised is None else raised.__context__
        self._refuse(cause.refusal if isinstance(cause, Stop) else NotHttp())

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: a request to change the protocol may be ignored, and uvicorn would advise to install one."""

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self.timer, self.stalled, self.refused):
            if timer is not None:
                timer.cancel()
        if self.admitted:
            self.rules.admission.leave(self._host())
        else:
            self.rules.reserve.leave(self)
        self.rules.refusals.metrics.add("connections", -1)
        super().connection_lost(exc)

    def _check_headers(self) -> None:
        """Stop at headers that have come whole and may not be answered."""
        large = self.header_bytes + self.piece > MOST_HEADER_BYTES and self._size_of_headers() > MOST_HEADER_BYTES
        if large or len(self.headers) > MOST_FIELDS:
            raise Stop(HeadersTooLarge(MOST_HEADER_BYTES, MOST_FIELDS))
        version, hosts = self.parser.get_http_version(), 0
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding" and (version == "1.0" or value.lower() != b"chunked"):
                raise Stop(NotHttp())
        if hosts > 1 or (hosts == 0 and version == "1.1") or version not in {"1.0", "1.1"}:
            raise Stop(NotHttp())
        if not self.admitted and self.url.partition(b"?")[0] not in reserve.OPEN_TO:
            raise Stop(_too_many())
        if len(self.pipeline) >= MOST_PIPELINED:
            raise Stop(Busy("Too many requests wait on this connection"))

    def _size_of_headers(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _host(self) -> str:
        return self.client[0] if self.client else ""

    def _refuse(self, refusal: Refusal) -> None:
        """Answer without the application, and close soon: at once, what is still sent would reset the connection."""
        if self.asked and not self.cycle.response_complete:
            if self.cycle.response_started or self.pipeline:  # another answer could be taken for part of that one
                self.rules.refusals.count(refusal.code)
                self.transport.abort()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._tell(refusal)
        self.transport.write_eof()
        self.refused = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _tell(self, refusal: Refusal) -> None:
        """Answer without the application."""
        self.rules.refusals.count(refusal.code)
        status, body, headers = problem_of(refusal)
        told = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **headers, "connection": "close"}
        told |= {name.decode(): value.decode() for name, value in SECURITY}
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *map(": ".join, told.items())]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.since = None

    def _expect_headers(self) -> None:
        self.since = self.loop.time()
        if self.timer is None:
            self.timer = self.loop.call_at(self.since + self.rules.header_seconds, self._look)

    def _look(self) -> None:
        self.timer = None
        if self.since is None:
            return
        if self.loop.time() < self.since + self.rules.header_seconds:
            self.timer = self.loop.call_at(self.since + self.rules.header_seconds, self._look)
        elif self.header_bytes:
            self._refuse(HeadersTooSlow(self.rules.header_seconds))
        else:
            self.transport.close()


def _too_many() -> Refusal:
    return Busy("There are too many connections")


def protocol(rules: Rules) -> type[StrictProtocol]:
    """The protocol under these rules; uvicorn makes one for each connection, and gives it no settings of ours."""
    return type("Protocol", (StrictProtocol,), {"rules": rules})
