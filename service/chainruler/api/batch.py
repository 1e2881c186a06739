"""POST /v1/grade/batch: submissions line by line, answered as they come, without an end that has to be waited for."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from functools import partial

from starlette.types import Message, Receive, Scope, Send

from chainruler.api.bodies import UNCOUNTED
from chainruler.api.endpoint import Asked, Engine
from chainruler.api.errors import answered
from chainruler.calls.lines import MEDIA_TYPE, PATH, Lines, Refuse
from chainruler.refusals.documents import KNOWN, problem, problem_of
from chainruler.refusals.transport import BodyTooLarge, BodyTooSlow, ClientGone

logger = logging.getLogger("chainruler")

EMPTY_LINES = re.compile(rb"(?:[ \t\r]*\n)+")
AHEAD = 2**20
"""So many bytes are taken before they are wanted: whoever sends faster waits."""


class BatchEndpoint:
    """Answers the lines of a batch in turn, each in a thread; in between the thread is anybody's."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.place = engine.metrics.add_route(PATH)
        self.route: object = None
        """The route that declares this, by which the log calls it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one batch, whatever is wrong with its lines."""
        scope["route"] = self.route
        try:
            Asked.by(header for header in scope["headers"] if not _wants_lines(header))
        except KNOWN as error:
            await answered(problem_of(error))(scope, receive, send)
            return
        coming = Coming(receive, self.engine)
        watch = asyncio.ensure_future(coming.take())
        try:
            await self._answer(coming, partial(_refused, scope.get("state", {}).get("request_id")), send)
        except ClientGone:
            return
        finally:
            watch.cancel()
            coming.let_go()
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, coming: Coming, refuse: Refuse, send: Send) -> None:
        lines = Lines(self.engine.budget, self.engine.limits, refuse)
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async for line in coming.lines():
                lines.number = coming.number - 1
                deadline = asyncio.get_running_loop().time() + self.engine.settings.deadline_seconds
                answer = await self._in_a_thread(lines, line, coming, deadline)
                if answer is not None:
                    await send({"type": "http.response.body", "body": answer + b"\n", "more_body": True})
        except KNOWN as error:  # of the stream itself: nothing after this line can be read
            text = b'{"line":%d,"error":%s}\n' % (coming.number + 1, problem_of(error).body)
            await send({"type": "http.response.body", "body": text, "more_body": True})

    async def _in_a_thread(self, lines: Lines, line: bytes, coming: Coming, deadline: float) -> bytes | None:
        """The answer to one line; that a place was not to be had in time is an answer too."""
        try:
            return await self.engine.workers.run(lambda: lines.answer(line), coming.gone, deadline)
        except KNOWN as error:
            return b'{"line":%d,"error":%s}' % (coming.number, problem_of(error).body)


def _wants_lines(header: tuple[bytes, bytes]) -> bool:
    """Whether it is an Accept that names what a batch is answered in, which no other call is."""
    return header[0] == b"accept" and MEDIA_TYPE.encode() in header[1]


def _refused(request_id: str | None, error: Exception) -> bytes:
    """The problem that stands in a line; the log has the traceback of what nobody foresaw."""
    if isinstance(error, KNOWN):
        return problem_of(error).body
    logger.error("unforeseen error", exc_info=error, extra={"request_id": request_id})
    return problem(500).body


class Coming:
    """The lines of a body while it comes, and whether whoever sends it is still there."""

    def __init__(self, receive: Receive, engine: Engine) -> None:
        self.receive, self.engine = receive, engine
        self.buffer = bytearray()
        self.held = 0
        self.whole = False
        self.left = False
        self.line_ends = 0
        """Line breaks in the buffer, counted once: to search it again for each piece that arrives is quadratic."""
        self.number = 0
        """Of the last line that was given out, the empty ones before it counted."""
        self.moved = asyncio.Condition()

    async def take(self) -> None:
        """Take in what comes, not too far ahead, and then wait for the end of the connection."""
        while not self.left:
            async with self.moved:
                await self.moved.wait_for(lambda: len(self.buffer) < AHEAD or not self.line_ends)
            message = await self.receive()
            async with self.moved:
                self.left = message["type"] == "http.disconnect"
                piece = message.get("body", b"")
                self.buffer += piece
                self.line_ends += piece.count(b"\n")
                self.whole = self.whole or not (self.left or message.get("more_body", False))
                self.moved.notify_all()

    async def gone(self) -> Message:
        """Come back when the client has gone, as a receive channel tells it."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.left)
        return {"type": "http.disconnect"}

    async def lines(self) -> AsyncIterator[bytes]:
        """Each line, as soon as its end has come."""
        settings = self.engine.settings
        while True:
            try:
                async with asyncio.timeout(settings.deadline_seconds), self.moved:
                    await self.moved.wait_for(self._is_ready)
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
        async with self.moved:
            del self.buffer[:size]
            self.line_ends -= line_ends
            self._count()
            self.moved.notify_all()

    async def _skip_empty_lines(self) -> bool:
        """Drop the lines at the front in which nothing stands: they are not worth a thread each."""
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
        """Whether there is a whole line, or too much of one, or nothing more to come."""
        self._count()
        return self.line_ends > 0 or len(self.buffer) > self.engine.settings.max_body_bytes or self.whole or self.left

    def _count(self) -> None:
        """Keep the count of what is held; Busy if it is too much."""
        size = len(self.buffer) if len(self.buffer) > UNCOUNTED else 0
        if size > self.held:
            self.engine.memory.take(size - self.held)
        else:
            self.engine.memory.give_back(self.held - size)
        self.held = size

    def let_go(self) -> None:
        """Hold nothing any more."""
        self.engine.memory.give_back(self.held)
        self.held = 0
