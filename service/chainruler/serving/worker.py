"""One worker: a uvicorn server that drains before it stops."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import cast

import uvicorn
from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from chainruler.api.health import Readiness
from chainruler.api.logs import configure_logging
from chainruler.api.metrics import rows_of
from chainruler.memory.heap import give_back_freed_memory, keep_freed_memory
from chainruler.serving.acceptor import Acceptor, ConnectionSource
from chainruler.serving.admission import Admission
from chainruler.serving.memory import exempt_from_collection
from chainruler.serving.protocol import Rules, StrictProtocol, protocol
from chainruler.serving.refusals import Refusals
from chainruler.serving.reserve import Reserve
from chainruler.settings import Settings

AppFactory = Callable[[Settings], FastAPI]

logger = logging.getLogger("chainruler")

SWITCH_SECONDS = 0.0001
"""After which a thread that computes gives way to the event loop, which needs its turn for each request that it reads.

Python has 0.005. With 0.001, /health/live waited twice as long as with this, and the threads computed no more.
"""
JOIN_SECONDS = 2.0
"""How long threads that compute on may hold up the end of a worker."""
TICKS_BETWEEN_TRIMS = 100  # ten seconds: large requests in a row share what was freed, and an idle worker is small


class DrainingServer(uvicorn.Server):
    """Keeps accepting for a while after SIGTERM, so that /health/ready can say 503; uvicorn alone closes at once."""

    def __init__(
        self, config: uvicorn.Config, readiness: Readiness, acceptor: Acceptor, drain_seconds: float, parent: int | None
    ) -> None:
        super().__init__(config)
        self.readiness = readiness
        self.drain_seconds = drain_seconds
        self.parent = parent
        self.acceptor = acceptor
        self.stop_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let connections in by an acceptor of ours: uvicorn knows none that were accepted elsewhere."""
        await super().startup(sockets=[])
        self.acceptor.open(self._connection)

    def _connection(self) -> asyncio.Protocol:
        """What speaks with one client."""
        create = cast("type[StrictProtocol]", self.config.http_protocol_class)
        return create(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.acceptor.close()
        await super().shutdown([self.acceptor.connections.source])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM drain, then stop; on Ctrl+C stop, and on a second one drop what is in flight.

        uvicorn would raise the signal again at the end, and a stop in good order would look like a crash.
        """
        self.force_exit = sig == signal.SIGINT and self.should_exit
        self.drain(0.0 if sig == signal.SIGINT else self.drain_seconds)

    def drain(self, seconds: float) -> None:
        """Say not ready from now on, and stop accepting after the delay, or sooner if that was asked before."""
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
class WorkerSlot:
    """What a worker among several is told: who watches over it, and where all of them count."""

    parent: int
    number: int
    counts: ctypes.Array[ctypes.c_double]


def work(settings: Settings, connections: ConnectionSource, create: AppFactory, slot: WorkerSlot | None = None) -> int:
    """Answer requests until told to stop; the exit code is returned."""
    configure_logging(settings.log_level)
    keep_freed_memory()
    sys.setswitchinterval(SWITCH_SECONDS)
    threadpool_limits(1)  # each computing thread has a core; BLAS threads beside it would only spin
    app = create(settings)
    if slot is not None:
        app.state.metrics.share(rows_of(slot.counts), slot.number)
    parent = None if slot is None else slot.parent
    acceptor = Acceptor(connections, app.state.metrics)
    server = DrainingServer(_config(app, settings), app.state.readiness, acceptor, settings.drain_seconds, parent)
    exempt_from_collection()
    server.run()
    code = 0 if server.started else 1
    _end_threads(code)
    return code


def _end_threads(code: int) -> None:
    """Wait a moment for threads that still compute; Python would wait for all of them, although nobody wants it.

    Requests have ended by now: one that took longer than its deadline was refused, and its thread goes on to the end.
    """
    until = monotonic() + JOIN_SECONDS
    others = [one for one in threading.enumerate() if one is not threading.current_thread() and not one.daemon]
    for thread in others:
        thread.join(max(0.0, until - monotonic()))
    if any(thread.is_alive() for thread in others):
        logger.warning("stopped while a thread still computed what nobody waits for")
        logging.shutdown()
        os._exit(code)


def _rules(app: FastAPI, settings: Settings) -> Rules:
    """What connections are held to, as the settings say."""
    admission = Admission(settings.max_connections, settings.max_connections_per_address)
    refusals = Refusals(app.state.metrics)
    return Rules(settings.header_seconds, settings.answer_seconds, admission, Reserve(), refusals)


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol(_rules(app, settings)),
        timeout_keep_alive=settings.idle_seconds,
        loop="uvloop",
        lifespan="on",
        access_log=False,  # Exchange writes the line of each request
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks
        timeout_graceful_shutdown=math.ceil(settings.shutdown_seconds),
    )
