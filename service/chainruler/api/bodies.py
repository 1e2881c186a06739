"""Reading the body of a request: not longer, not slower and not more at once than the limits allow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from starlette.types import Message, Receive

from chainruler.api.metrics import Metrics
from chainruler.memory import LEDGER
from chainruler.refusals.transport import BodyTooLarge, BodyTooSlow, Busy, ClientGone

UNCOUNTED = 2**18  # bytes of a body that is too small to be counted among those held


class Memory:
    """How many bytes of bodies and answers are held at once, of all requests together."""

    def __init__(self, most: int, metrics: Metrics) -> None:
        self.most = most
        self.metrics = metrics
        self.held = 0

    def take(self, size: int) -> None:
        """Count so many bytes more; Busy if they are too many."""
        if size and self.held + size > self.most:
            raise Busy("Other requests take all memory there is for bodies and answers")
        self._move(size)

    def give_back(self, size: int) -> None:
        """Count so many bytes less."""
        if size:
            self._move(-size)

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count so many bytes as long as this lasts, if they are enough to count."""
        counted = size if size > UNCOUNTED else 0
        self.take(counted)
        try:
            yield
        finally:
            self.give_back(counted)

    def _move(self, size: int) -> None:
        if size > 0:
            LEDGER.take(size)
        else:
            LEDGER.give_back(-size)
        self.held += size
        self.metrics.add("held_bytes", size)


class Body:
    """The body of one request; used in a `with`, after which its bytes count as held no more."""

    __slots__ = ("held", "limit", "memory")

    def __init__(self, limit: int, memory: Memory) -> None:
        self.limit = limit
        self.memory = memory
        self.held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.memory.give_back(self.held)

    async def read(
        self, receive: Receive, declared: bytes | None, deadline: float, seconds: float
    ) -> bytes | bytearray:
        """All its bytes; what is too long by its own account is refused before anything is read."""
        if declared is not None and len(declared) < 20 and declared.isdigit():
            self._expect(int(declared))
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
                if not message.get("more_body", False):
                    return self._end(message.get("body", b""), message)
                return await self._rest(bytearray(message.get("body", b"")), receive)
        except TimeoutError:
            raise BodyTooSlow(seconds) from None

    def _expect(self, size: int) -> None:
        if size > self.limit:
            raise BodyTooLarge(self.limit)
        if size > UNCOUNTED:
            self._hold(size)

    def _hold(self, size: int) -> None:
        """Count the bytes as held, if they are more than those counted already."""
        if size > self.held:
            self.memory.take(size - self.held)
            self.held = size

    async def _rest(self, body: bytearray, receive: Receive) -> bytearray:
        """The body to its end, counted as it comes: a bytearray, because adding to bytes is quadratic."""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.limit:
                raise BodyTooLarge(self.limit)
            if len(body) > UNCOUNTED:
                self._hold(len(body))
            if not message.get("more_body", False):
                self._end(body, message)
                return body

    def _end(self, body: bytes | bytearray, message: Message) -> bytes | bytearray:
        if message["type"] == "http.disconnect":
            raise ClientGone
        if len(body) > self.limit:
            raise BodyTooLarge(self.limit)
        return body
