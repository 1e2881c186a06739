"""The service with one more route, which takes as long as it is asked to: for tests of stopping.

Run as a script; its argument is the number of workers.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.responses import StreamingResponse

from chainruler.app import create_app
from chainruler.serving import serve
from chainruler.settings import Settings


async def slow(seconds: float) -> StreamingResponse:
    """Answer one byte at once, and the rest when the time is over."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"("
        await asyncio.sleep(seconds)
        yield b")"

    return StreamingResponse(chunks())


async def wait() -> None:
    """Answer nothing for longer than anybody waits."""
    await asyncio.sleep(3600)


def compute() -> None:
    """Answer at once, and leave a thread that goes on for longer than anybody waits."""
    threading.Thread(target=time.sleep, args=(60,)).start()


def who() -> int:
    """The process that answers."""
    return os.getpid()


def create(settings: Settings) -> FastAPI:
    """The application with the routes of this test."""
    app = create_app(settings)
    app.add_api_route("/slow", slow)
    app.add_api_route("/who", who)
    app.add_api_route("/wait", wait)
    app.add_api_route("/compute", compute)
    return app


if __name__ == "__main__":
    sys.exit(serve(Settings(workers=int(sys.argv[1])), create))
