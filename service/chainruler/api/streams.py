"""A stream: documents line by line, answered as they arrive, without an end that has to be waited for."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from functools import partial

from starlette.types import Message, Receive, Scope, Send

from chainruler.api.bodies import UNCOUNTED
from chainruler.api.keys import Caller
from chainruler.api.placement import CODEC
from chainruler.api.runtime import Runtime
from chainruler.calls.call import Call
from chainruler.calls.codecs import Format
from chainruler.calls.lines import Lines
from chainruler.memory import accounted
from chainruler.refusals.documents import KNOWN, problem
from chainruler.refusals.transport import BodyTooLarge, BodyTooSlow, ClientGone

logger = logging.getLogger("chainruler")

EMPTY_LINES = re.compile(rb"(?:[ \t\r]*\n)+")
READ_AHEAD = 2**20
"""How many bytes are taken before they are needed: a client that sends faster waits."""


class Stream:
    """Answers the lines of one request in turn, each in a thread; in between the thread is anybody's."""

    def __init__(
        self, call: Call, settled: Format, runtime: Runtime, caller: Caller, receive: Receive, send: Send
    ) -> None:
        self.call, self.format, self.runtime, self.send = call, settled, runtime, send
        self.arriving = LineStream(receive, runtime)
        self.context = runtime.context(reveal=caller.reveal)

    async def answer(self, scope: Scope) -> None:
        """Answer one line after the other, whatever is wrong with them."""
        request_id = scope.get("state", {}).get("request_id")
        refuse = partial(self._refused, request_id)
        lines = Lines(self.call, self.context, self.runtime.limits, refuse, CODEC)
        watch = asyncio.ensure_future(self.arriving.take())
        try:
            await self._answer(lines)
        finally:
            self.context.wanted = False
            watch.cancel()
            self.arriving.release()
        await self.send({"type": "http.response.body", "body": b""})

    async def _answer(self, lines: Lines) -> None:
        headers = [(b"content-type", self.format.media_type.encode())]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async for line in self.arriving.lines():
                lines.number = self.arriving.number - 1
                answer = await self._answered(lines, line)
                if answer is not None:
                    await self.send({"type": "http.response.body", "body": answer + b"\n", "more_body": True})
        except KNOWN as error:  # of the stream itself: nothing after this line can be read
            text = self._failed(self.arriving.number + 1, error)
            await self.send({"type": "http.response.body", "body": text + b"\n", "more_body": True})

    async def _answered(self, lines: Lines, line: bytes) -> bytes | None:
        """The answer to one line; that no thread was free in time is an answer too."""
        deadline = asyncio.get_running_loop().time() + self.runtime.settings.deadline_seconds
        try:
            work = partial(accounted, partial(lines.answer, line))
            return await self.runtime.workers.run(work, self.arriving.gone, deadline)
        except KNOWN as error:
            return self._failed(self.arriving.number, error)

    def _failed(self, number: int, error: Exception) -> bytes:
        return b'{"line":%d,"error":%s}' % (number, self.call.refusals.refused(error).body)

    def _refused(self, request_id: str | None, error: Exception) -> bytes:
        """The refusal that stands in a line; the log has the traceback of an unforeseen error."""
        if isinstance(error, KNOWN):
            return self.call.refusals.refused(error).body
        logger.error("unforeseen error", exc_info=error, extra={"request_id": request_id})
        return problem(500).body


class LineStream:
    """The lines of a body while it arrives, and whether its sender is still there."""

    def __init__(self, receive: Receive, runtime: Runtime) -> None:
        self.receive, self.runtime = receive, runtime
        self.buffer = bytearray()
        self.held = 0
        self.whole = False
        self.left = False
        self.line_ends = 0
        """Line breaks in the buffer, counted once: to search it again for each piece that arrives is quadratic."""
        self.number = 0
        """Of the last line that was yielded, counting the empty ones before it."""
        self.changed = asyncio.Condition()

    async def take(self) -> None:
        """Take in what arrives, not too far ahead, and then wait for the end of the connection."""
        while not self.left:
            async with self.changed:
                await self.changed.wait_for(lambda: len(self.buffer) < READ_AHEAD or not self.line_ends)
            message = await self.receive()
            async with self.changed:
                self.left = message["type"] == "http.disconnect"
                piece = message.get("body", b"")
                self.buffer += piece
                self.line_ends += piece.count(b"\n")
                self.whole = self.whole or not (self.left or message.get("more_body", False))
                self.changed.notify_all()

    async def gone(self) -> Message:
        """Return when the client has gone, with the message by which a receive channel says so."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.left)
        return {"type": "http.disconnect"}

    async def lines(self) -> AsyncIterator[bytes]:
        """Each line, as soon as its end has arrived."""
        settings = self.runtime.settings
        while True:
            try:
                async with asyncio.timeout(settings.deadline_seconds), self.changed:
                    await self.changed.wait_for(self._is_ready)
            except TimeoutError:
                raise BodyTooSlow(settings.deadline_seconds) from None
            if self.left and not self.whole:
                raise ClientGone
            if await self._skip_empty_lines():
                continue
            if not self.line_ends and len(self.buffer) > settings.max_body_bytes:
                raise BodyTooLarge(settings.max_body_bytes)
            line, ended = await self._next_line()
            if ended or line:
                self.number += 1
                yield line
            if not ended:
                return

    async def _next_line(self) -> tuple[bytes, bool]:
        """Take the first line off the buffer, and whether its end was there; without one it is all that is left."""
        ended = self.line_ends > 0
        size = self.buffer.index(b"\n") if ended else len(self.buffer)
        line = bytes(memoryview(self.buffer)[:size])
        await self._drop(size + ended, ended)
        return line, ended

    async def _drop(self, size: int, line_ends: int) -> None:
        """Drop what was read off the front of the buffer."""
        async with self.changed:
            del self.buffer[:size]
            self.line_ends -= line_ends
            self._count()
            self.changed.notify_all()

    async def _skip_empty_lines(self) -> bool:
        """Drop the empty lines at the front: they are not worth a thread each."""
        found = EMPTY_LINES.match(self.buffer)
        if found is None:
            return False
        end = found.end()
        del found  # a match keeps its text from changing
        empty = self.buffer.count(b"\n", 0, end)
        self.number += empty
        await self._drop(end, empty)
        return True

    def _is_ready(self) -> bool:
        """Whether there is a whole line, or too much of one, or nothing more will arrive."""
        self._count()
        return self.line_ends > 0 or len(self.buffer) > self.runtime.settings.max_body_bytes or self.whole or self.left

    def _count(self) -> None:
        """Count the bytes that are held; Busy if they are too many."""
        size = len(self.buffer) if len(self.buffer) > UNCOUNTED else 0
        if size > self.held:
            self.runtime.memory.take(size - self.held)
        else:
            self.runtime.memory.give_back(self.held - size)
        self.held = size

    def release(self) -> None:
        """Count no bytes as held any more."""
        self.runtime.memory.give_back(self.held)
        self.held = 0
