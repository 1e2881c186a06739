"""Transport alone: an ASGI callable that reads a body and answers with as many bytes as it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer with the number of bytes that the path names."""
    if scope["type"] != "http":
        return
    more = True
    pieces = []
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    b"".join(pieces)
    size = int(scope["path"].strip("/") or 0)
    headers = [(b"content-length", str(size).encode()), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(size)})
