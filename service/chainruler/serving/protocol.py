"""HTTP as uvicorn speaks it, with a limit on how long headers may take, which uvicorn has not."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PunctualProtocol(HttpToolsProtocol):
    """Closes a connection whose first request, or whose headers, take longer than they may.

    A client that sends a byte now and then would otherwise keep a connection for ever, and so would one that connects
    and is silent; between two requests uvicorn's own timer runs.
    """

    header_seconds: float
    # One timer looks again and again: to set and cancel one for each request would cost more than the look.
    timer: asyncio.TimerHandle | None = None
    since: float | None = None
    """When the headers that are awaited were begun; None while a request is answered, or between two."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.since is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        self.since = None
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self.since = self.loop.time()
        if self.timer is None:
            self.timer = self.loop.call_at(self.since + self.header_seconds, self._look)

    def _look(self) -> None:
        self.timer = None
        if self.since is None:
            return
        if self.loop.time() < self.since + self.header_seconds:
            self.timer = self.loop.call_at(self.since + self.header_seconds, self._look)
        else:
            self.transport.close()


def protocol(header_seconds: float) -> type[PunctualProtocol]:
    """The protocol with this limit; uvicorn makes one for each connection, and gives it no settings of ours."""
    return type("Protocol", (PunctualProtocol,), {"header_seconds": header_seconds})
