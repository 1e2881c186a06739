"""HTTP as uvicorn speaks it, with a limit on how long headers may take, which uvicorn has not."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def protocol(header_seconds: float) -> type[HttpToolsProtocol]:
    """The protocol that closes a connection whose first request, or whose headers, take longer than this.

    A client that sends a byte now and then would otherwise keep a connection for ever, and so would one that connects
    and is silent; between two requests uvicorn's own timer runs.
    """

    class PunctualProtocol(HttpToolsProtocol):
        timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._expect_headers()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self.timer is None:
                self._expect_headers()

        def on_headers_complete(self) -> None:
            self._expect_nothing()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._expect_nothing()
            super().connection_lost(exc)

        def _expect_headers(self) -> None:
            self.timer = self.loop.call_later(header_seconds, self.transport.close)

        def _expect_nothing(self) -> None:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None

    return PunctualProtocol
