"""One call of the table as an ASGI application: body in, wire, handler, wire, body out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event, Lock
from time import perf_counter
from typing import NamedTuple, TypeAlias

from starlette.types import Receive, Scope, Send

from chainruler import wire
from chainruler.api.bodies import Body, Memory
from chainruler.api.errors import answered
from chainruler.api.metrics import Metrics
from chainruler.api.placement import INLINE_BYTES, INLINE_OPERATIONS, Slices, Workers
from chainruler.calls.table import Call, Document
from chainruler.handlers.interruption import ended_by
from chainruler.networks import Budget
from chainruler.refusals.documents import KNOWN, problem_of
from chainruler.refusals.transport import ClientGone, Compressed
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import Request
from chainruler.settings import Settings

CODEC = Lock()
"""Held by a thread that reads a body or writes an answer. Both hold the interpreter, a millisecond or two at a time: so
the event loop has one such thread before it, and not as many as there are."""

Encoded: TypeAlias = tuple[str, list[wire.Piece]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Engine:
    """What all endpoints of one application share."""

    settings: Settings
    budget: Budget
    limits: wire.Limits
    workers: Workers
    slices: Slices
    memory: Memory
    metrics: Metrics


class Endpoint:
    """Answers POSTs to one path."""

    def __init__(self, call: Call, engine: Engine) -> None:
        self.call = call
        self.engine = engine
        self.place = engine.metrics.add_route(call.path)
        self.route: object = None
        """The route that declares this, by which the log calls it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever is wrong with it."""
        scope["route"] = self.route
        body = Body(self.engine.settings.max_body_bytes, self.engine.memory)
        try:
            with body:
                media_type, pieces = await self._answer(scope["headers"], body, receive)
            size = sum(map(len, pieces))
            with self.engine.memory.holding(size):
                await _send(media_type, pieces, size, send)
        except KNOWN as error:
            await answered(problem_of(error))(scope, receive, send)
        except ClientGone:
            return

    async def _answer(self, headers: Headers, body: Body, receive: Receive) -> Encoded:
        """Read the body, and compute where that is best done."""
        settings = self.engine.settings
        deadline = asyncio.get_running_loop().time() + settings.deadline_seconds
        asked = Asked.by(headers)
        started = perf_counter()
        content = await body.read(receive, asked.length, deadline, settings.deadline_seconds)
        spent = [perf_counter() - started]
        if len(content) > INLINE_BYTES:
            given = [content]
            del content  # so that it is let go as soon as it has been parsed
            return await self._in_a_thread(lambda: self._all(given, asked, spent), receive, deadline)
        await self.engine.slices.share()
        request = self._parsed(content, asked, spent)
        if self.call.operations(request, self.engine.budget) <= INLINE_OPERATIONS:
            return self._encoded(self._computed(request, spent), asked, spent)
        return await self._in_a_thread(lambda: self._rest(request, asked, spent), receive, deadline)

    async def _in_a_thread(self, work: Callable[[], Encoded], receive: Receive, deadline: float) -> Encoded:
        """Compute in a thread, until it is done or nobody waits for it any more."""
        unwanted = Event()

        def interruptible() -> Encoded:
            with ended_by(unwanted):
                return work()

        try:
            return await self.engine.workers.run(interruptible, receive, deadline)
        finally:
            unwanted.set()

    def _all(self, given: list[bytes | bytearray], asked: Asked, spent: list[float]) -> Encoded:
        """All that is done with a large body, away from the loop."""
        with CODEC:
            request = self._parsed(given.pop(), asked, spent)
        return self._rest(request, asked, spent)

    def _rest(self, request: Request, asked: Asked, spent: list[float]) -> Encoded:
        """What is done with a request away from the loop."""
        answer = self._computed(request, spent)
        with CODEC:
            return self._encoded(answer, asked, spent)

    def _parsed(self, content: bytes | bytearray, asked: Asked, spent: list[float]) -> Request:
        started = perf_counter()
        document = wire.decode(content, asked.content_type, self.engine.limits)
        request = read_request(self.call.request, document)
        spent.append(perf_counter() - started)
        return request

    def _computed(self, request: Request, spent: list[float]) -> Document:
        started = perf_counter()
        answer = self.call.handler(request, self.engine.budget)
        spent.append(perf_counter() - started)
        return answer

    def _encoded(self, answer: Document, asked: Asked, spent: list[float]) -> Encoded:
        started = perf_counter()
        pieces = wire.pieces_of(answer, asked.encoding)
        spent.append(perf_counter() - started)
        self.engine.metrics.phases(self.place, spent)
        return asked.encoding.value, pieces


class Asked(NamedTuple):
    """What the headers of a request say of its body and of the answer."""

    length: bytes | None
    content_type: str | None
    encoding: wire.Encoding

    @classmethod
    def by(cls, headers: Headers) -> Asked:
        """Read off the headers; refused are those that cannot be satisfied."""
        length = content_type = accept = None
        for name, value in headers:
            if name == b"content-length":
                length = value
            elif name == b"content-type":
                content_type = value.decode("latin-1")
            elif name == b"accept":
                accept = value if accept is None else accept + b"," + value
            elif name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
                raise Compressed
        return cls(length, content_type, wire.negotiate(None if accept is None else accept.decode("latin-1")))


async def _send(media_type: str, pieces: list[wire.Piece], size: int, send: Send) -> None:
    """Answer piece by piece: each is let go when it is gone, and in between the loop serves others."""
    headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % size)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    pieces.reverse()
    while len(pieces) > 1:
        await send({"type": "http.response.body", "body": pieces.pop(), "more_body": True})
    await send({"type": "http.response.body", "body": pieces.pop()})
