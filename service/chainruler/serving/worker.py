"""One worker: a uvicorn server that drains before it stops."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import FrameType

import uvicorn
from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from chainruler.api.health import Readiness
from chainruler.api.logs import configure_logging
from chainruler.api.metrics import rows_of
from chainruler.serving.memory import give_back_freed_memory, keep_freed_memory
from chainruler.serving.protocol import protocol
from chainruler.settings import Settings

AppFactory = Callable[[Settings], FastAPI]

logger = logging.getLogger("chainruler")

TICKS_BETWEEN_TRIMS = 100  # ten seconds: large requests in a row share what was freed, and an idle worker is small


class DrainingServer(uvicorn.Server):
    """Keeps accepting for a while after SIGTERM, so that /health/ready can say 503; uvicorn alone closes at once."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness, drain_seconds: float, parent: int | None) -> None:
        super().__init__(config)
        self.readiness = readiness
        self.drain_seconds = drain_seconds
        self.parent = parent
        self.stop_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM drain, then stop; on Ctrl+C stop, and on a second one drop what is in flight.

        uvicorn would raise the signal again at the end, and a stop in good order would look like a crash.
        """
        self.force_exit = sig == signal.SIGINT and self.should_exit
        self.drain(0.0 if sig == signal.SIGINT else self.drain_seconds)

    def drain(self, seconds: float) -> None:
        """Say not ready from now on, and stop accepting in so many seconds, or sooner if that was asked before."""
        self.readiness.drain()
        asked = monotonic() + seconds
        self.stop_at = asked if self.stop_at is None else min(self.stop_at, asked)
        self.should_exit = self.should_exit or seconds == 0

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: stop when the drain is over, drain when the supervisor is gone, now and then tidy up."""
        if self.stop_at is None and self.parent is not None and os.getppid() != self.parent:
            logger.warning("supervisor gone, stopping")
            self.drain(self.drain_seconds)
        if self.stop_at is not None and monotonic() >= self.stop_at:
            self.should_exit = True
        if counter % TICKS_BETWEEN_TRIMS == 0:
            give_back_freed_memory()
        return await super().on_tick(counter)


@dataclass(frozen=True)
class Place:
    """What a worker among several is told: who watches over it, and where all of them count."""

    parent: int
    slot: int
    counts: ctypes.Array[ctypes.c_double]


def work(settings: Settings, listening: socket.socket, create: AppFactory, place: Place | None = None) -> int:
    """Answer requests on one socket until told to stop; the exit code is returned."""
    configure_logging(settings.log_level)
    keep_freed_memory()
    threadpool_limits(1)  # each computing thread has a core; BLAS threads beside it would only spin
    app = create(settings)
    if place is not None:
        app.state.metrics.share(rows_of(place.counts), place.slot)
    server = DrainingServer(
        _config(app, settings), app.state.readiness, settings.drain_seconds, None if place is None else place.parent
    )
    server.run(sockets=[listening])
    return 0 if server.started else 1


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol(settings.header_seconds),
        timeout_keep_alive=settings.idle_seconds,
        loop="uvloop",
        lifespan="on",
        access_log=False,  # Exchange writes the line of each request
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks
        timeout_graceful_shutdown=settings.shutdown_timeout,
    )
