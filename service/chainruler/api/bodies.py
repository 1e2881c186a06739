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
from chainruler.memory.heap import give_back_freed_memory
from chainruler.refusals.transport import BodyTooLarge, BodyTooSlow, Busy, ClientGone

LARGE = 2**22
"""Bytes of a body whose place in the heap is given back at once, where memory is tight."""
UNCOUNTED = 2**18  # bytes of a body that is too small to be counted among those held


class Memory:
    """How many bytes of bodies and answers are held at once, of all requests together."""

    def __init__(self, most: int, metrics: Metrics) -> None:
        self.most = most
        self.metrics = metrics
        self.held = 0

    def take(self, size: int) -> None:
        """Counts more bytes as held; raises Busy where they exceed the limit."""
        if size and self.held + size > self.most:
            raise Busy("Other requests take all memory there is for bodies and answers")
        self._move(size)

    def give_back(self, size: int) -> None:
        """Counts bytes as released."""
        if size:
            self._move(-size)

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count these bytes as long as this lasts, if they are enough to count."""
        if size <= UNCOUNTED:
            yield
            return
        self.take(size)
        try:
            yield
        finally:
            self.give_back(size)

    def _move(self, size: int) -> None:
        if size > 0:
            LEDGER.take(size)
        else:
            LEDGER.give_back(-size)
        self.held += size
        self.metrics.add("held_bytes", size)


class ReceivedBody:
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
        if self.held > LARGE and LEDGER.is_tight:
            give_back_freed_memory()  # the holes that it leaves in the heap fit no other body

    async def read(
        self, receive: Receive, declared: bytes | None, deadline: float, seconds: float
    ) -> bytes | bytearray:
        """All its bytes; what is too long by its own account is refused before anything is read."""
        size = int(declared) if declared is not None and len(declared) < 20 and declared.isdigit() else 0
        self._expect(size)
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
                if not message.get("more_body", False):
                    return self._end(message.get("body", b""), message)
                return await self._whole(bytearray(size), message, receive)
        except TimeoutError:
            raise BodyTooSlow(seconds) from None

    def _expect(self, size: int) -> None:
        """Count a body of this size as held, if it is large enough to count; refuse one that is too large."""
        if size > self.limit:
            raise BodyTooLarge(self.limit)
        if size > max(UNCOUNTED, self.held):
            self.memory.take(size - self.held)
            self.held = size

    async def _whole(self, body: bytearray, message: Message, receive: Receive) -> bytearray:
        """The body from its first message to its end, counted as it comes.

        The buffer has the declared size: it never grows, which would copy it and leave holes in the heap.
        """
        filled = 0
        while True:
            chunk = message.get("body", b"")
            self._expect(filled + len(chunk))
            body[filled : filled + len(chunk)] = chunk  # longer than was declared, or undeclared: this grows it
            filled += len(chunk)
            if not message.get("more_body", False):
                del body[filled:]
                self._end(body, message)
                return body
            message = await receive()

    def _end(self, body: bytes | bytearray, message: Message) -> bytes | bytearray:
        if message["type"] == "http.disconnect":
            raise ClientGone
        if len(body) > self.limit:
            raise BodyTooLarge(self.limit)
        return body
