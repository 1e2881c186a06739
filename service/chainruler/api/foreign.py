"""Endpoints in the words of other grading interfaces: the same bodies, threads and limits, other shapes and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from threading import Event
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import orjson
from starlette.types import Receive, Scope, Send

from chainruler import wire
from chainruler.api.bodies import Body
from chainruler.api.endpoint import Asked, Engine
from chainruler.api.keys import is_known, offered
from chainruler.handlers.interruption import ended_by
from chainruler.networks import Budget
from chainruler.refusals.documents import KNOWN
from chainruler.refusals.transport import ClientGone, Unauthorized
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import Request

Headers = Mapping[str, str]
"""By their names in small letters."""


class Task(NamedTuple):
    """What a request asks for: how its body is read, and what answers it."""

    request: type[Request]
    handler: Callable[[Any, Budget], Any]


class Reply(NamedTuple):
    """An answer, before it is bytes."""

    status: int
    document: object
    headers: Headers = MappingProxyType({})


class Foreign:
    """Answers POSTs to one path."""

    path: ClassVar[str]

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.hashes = [bytes.fromhex(one) for one in engine.settings.api_keys.split(",") if one]
        self.route: object = None
        """The route that declares this, by which the log calls it."""
        engine.metrics.add_route(self.path)

    def task(self, headers: Headers) -> Task:
        """What the headers ask for; a Refused if they cannot be satisfied."""
        raise NotImplementedError

    def refusal(self, error: Exception) -> Reply:
        """A known error in the words of the interface."""
        raise NotImplementedError

    def stamps(self) -> Headers:
        """The headers of every answer."""
        return {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever is wrong with it."""
        scope["route"] = self.route
        body = Body(self.engine.settings.max_body_bytes, self.engine.memory)
        try:
            with body:
                reply = await self._reply(scope, body, receive)
        except ClientGone:
            return
        await self._send(reply, send)

    async def _reply(self, scope: Scope, body: Body, receive: Receive) -> Reply:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            if self.hashes and not is_known(offered(scope), self.hashes):
                raise Unauthorized
            return Reply(200, await self._answer(self.task(headers), scope, body, receive))
        except Refused as refused:
            return refused.reply
        except KNOWN as error:
            return self.refusal(error)

    async def _answer(self, task: Task, scope: Scope, body: Body, receive: Receive) -> Any:
        """Read the body, and compute in a thread."""
        seconds = self.engine.settings.deadline_seconds
        deadline = asyncio.get_running_loop().time() + seconds
        asked = Asked.by((name, value) for name, value in scope["headers"] if name != b"accept")
        content = await body.read(receive, asked.length, deadline, seconds)
        unwanted = Event()

        def work() -> Any:
            with ended_by(unwanted):
                document = wire.decode(content, asked.content_type, self.engine.limits)
                return task.handler(read_request(task.request, document), self.engine.budget)

        try:
            return await self.engine.workers.run(work, receive, deadline)
        finally:
            unwanted.set()

    async def _send(self, reply: Reply, send: Send) -> None:
        content = orjson.dumps(reply.document, option=orjson.OPT_SERIALIZE_NUMPY)
        told = {
            "content-type": "application/json",
            "content-length": str(len(content)),
            **self.stamps(),
            **reply.headers,
        }
        headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class Refused(Exception):
    """What the headers ask for is not to be had; `reply` says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply
