"""HTTP as uvicorn speaks it, with the limits on connections and headers that uvicorn has not."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chainruler.api.exchange import SECURITY
from chainruler.api.metrics import Metrics
from chainruler.refusals.documents import MEDIA_TYPE, problem_of
from chainruler.refusals.transport import Busy, HeadersTooLarge, HeadersTooSlow, NotHttp, Refusal
from chainruler.serving.admission import Admission

MOST_HEADER_BYTES = 65_536
LINGER_SECONDS = 1.0


class TooMuchAtOnce(Exception):
    """Headers that are too large have come whole, in one piece; the parser is to stop here."""


@dataclass(frozen=True)
class Rules:
    """What all connections of a worker are held to."""

    header_seconds: float
    answer_seconds: float
    admission: Admission
    metrics: Metrics


class StrictProtocol(HttpToolsProtocol):
    """Closes a connection that is one too many, whose headers take too long or too much, or that does not read.

    A client that sends a byte now and then would otherwise keep a connection for ever, and so would one that connects
    and is silent, and one that takes its answer byte by byte; between two requests uvicorn's own timer runs.
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
    stalled: asyncio.TimerHandle | None = None
    """Runs while the client takes nothing of its answer."""
    refused: asyncio.TimerHandle | None = None
    """Runs after an answer that ends the connection, until it is closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.admitted = self.rules.admission.admit(self._host())
        if self.admitted:
            self._expect_headers()
        else:
            self._tell(Busy("There are too many connections"))
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self.refused is not None:
            return
        self.piece = len(data)
        super().data_received(data)
        if self.since is not None:  # the headers have not ended yet
            self.header_bytes += len(data)
            if self.header_bytes > MOST_HEADER_BYTES:
                self._refuse(HeadersTooLarge(MOST_HEADER_BYTES))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.since is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        if self.header_bytes + self.piece > MOST_HEADER_BYTES and self._size_of_headers() > MOST_HEADER_BYTES:
            raise TooMuchAtOnce
        self.since = None
        self.header_bytes = 0
        super().on_headers_complete()

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
        at_once = raised is not None and isinstance(raised.__context__, TooMuchAtOnce)
        self._refuse(HeadersTooLarge(MOST_HEADER_BYTES) if at_once else NotHttp())

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: a request to change the protocol may be ignored, and uvicorn would advise to install one."""

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self.timer, self.stalled, self.refused):
            if timer is not None:
                timer.cancel()
        if self.admitted:
            self.rules.admission.leave(self._host())
        self.rules.metrics.add("connections", -1)
        super().connection_lost(exc)

    def _size_of_headers(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _host(self) -> str:
        return self.client[0] if self.client else ""

    def _refuse(self, refusal: Refusal) -> None:
        """Answer without the application, and close soon: at once, what is still sent would reset the connection."""
        self._tell(refusal)
        self.transport.write_eof()
        self.refused = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _tell(self, refusal: Refusal) -> None:
        """Answer without the application."""
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


def protocol(rules: Rules) -> type[StrictProtocol]:
    """The protocol under these rules; uvicorn makes one for each connection, and gives it no settings of ours."""
    return type("Protocol", (StrictProtocol,), {"rules": rules})
