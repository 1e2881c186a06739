"""An application driven request by request in this process, without sockets and without a client's own cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Scope

from tests.faults.mutating import Mutant


class Driven(NamedTuple):
    """What came of a request: status, body, and the processor time of this process."""

    status: int
    content: bytes
    seconds: float


def driven(app: ASGIApp, requests: Iterable[Mutant]) -> Iterator[Driven]:
    """The answer to each request, one after the other."""
    with asyncio.Runner() as runner:
        for request in requests:
            began = time.process_time()
            status, content = runner.run(_exchange(app, request))
            yield Driven(status, content, time.process_time() - began)


async def _exchange(app: ASGIApp, request: Mutant) -> tuple[int, bytes]:
    coming = [request.body[:100], request.body[100:]] if len(request.body) % 2 else [request.body]
    status, content = 0, bytearray()
    gone = asyncio.get_running_loop().create_future()

    async def receive() -> Message:
        if coming:
            return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming)}
        await gone  # who has sent everything waits, and stays
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            content.extend(message.get("body", b""))

    headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    scope: Scope = {"type": "http", "method": "POST", "path": request.path, "headers": headers, "query_string": b""}
    scope.update(
        raw_path=request.path.encode(), http_version="1.1", scheme="http", root_path="", asgi={"version": "3.0"}
    )
    await app(scope, receive, send)
    return status, bytes(content)
