"""Calls and a transport of the tests' own: one request without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import Message, Scope

from chainruler.api.endpoint import Endpoint
from chainruler.api.metrics import Metrics
from chainruler.api.runtime import Runtime
from chainruler.calls.call import Call
from chainruler.schemas.requests import Request
from chainruler.settings import Settings

MOST_BYTES = 2048


class Number(Request):
    """What the calls take."""

    value: float = 0.0
    more: int = 0


def call_of(handler: Callable[..., Any], **about: Any) -> Call:
    """A call of the table, as short as one can be."""
    return Call(name="number", summary="", request=Number, handler=handler, answer=dict, **about)


class Client:
    """One request without a socket: it sends pieces, then stays or goes, and keeps the messages it is sent."""

    def __init__(
        self, pieces: Sequence[bytes] = (b"{}",), *, ends: bool = True, goes: bool = False, **scope: Any
    ) -> None:
        self.pieces, self.ends, self.goes = list(pieces), ends, goes
        self.scope: Scope = {"type": "http", "method": "POST", "path": "/v1/number", "headers": [], **scope}
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        """The next piece of the body; after the last, the end of the connection or nothing for a long time."""
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or not self.ends}
        if not self.goes:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Keep a message of the answer."""
        self.sent.append(message)

    def ask(self, call: Call, *, busy: bool = False, **settings: Any) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer, with all threads at work if `busy`; the status is 0 if none came."""

        async def run() -> None:
            runtime = Runtime.of(Settings(**{"max_body_bytes": MOST_BYTES, "threads": 1, **settings}), Metrics())
            runtime.workers.free -= busy
            await Endpoint(call, runtime)(self.scope, self.receive, self.send)
            runtime.workers.close()

        asyncio.run(run())
        if not self.sent:
            return 0, {}, b""
        headers = {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}
        return self.sent[0]["status"], headers, b"".join(message["body"] for message in self.sent[1:])
