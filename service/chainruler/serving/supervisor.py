"""Several workers: start them, restart one that dies, stop them together."""

from __future__ import annotations

import ctypes
import logging
import math
import multiprocessing
import os
import signal
import socket
import sys
from multiprocessing.context import SpawnProcess
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from types import FrameType

from chainruler.api.metrics import LENGTH, closed_connections, rows_of
from chainruler.serving.acceptor import PassedSockets
from chainruler.serving.dispatcher import ConnectionDispatcher
from chainruler.serving.worker import AppFactory, WorkerSlot, work
from chainruler.settings import Settings

logger = logging.getLogger("chainruler")

# Spawned, not forked: a forked child would inherit this process's handlers, threads and locks.
SPAWN = multiprocessing.get_context("spawn")

HASTE = 5.0
"""A worker that lived for less seconds is restarted after a pause, so that a crash is no busy loop."""
PAUSE = 1.0
GRACE = 5.0
"""Seconds that a worker may take beyond its own timeouts before it is killed."""
TICK = 0.2
"""Seconds in which a signal is noticed at the latest."""
GOOD_ENDS = {0, -signal.SIGTERM}
"""The second is for a worker that the signal met before it served."""


class Supervisor:
    """Watches over workers, and lets the dispatcher give them connections meanwhile."""

    def __init__(self, settings: Settings, listening: socket.socket, create: AppFactory) -> None:
        self.settings = settings
        self.create = create
        # Memory that outlives a worker: its successor goes on counting where it ended.
        self.counts = SPAWN.RawArray(ctypes.c_double, settings.workers * LENGTH)
        rows = rows_of(self.counts)
        self.selector = DefaultSelector()
        self.dispatcher = ConnectionDispatcher(listening, self.selector, lambda slot: closed_connections(rows[slot]))
        self.workers: dict[int, SpawnProcess] = {}
        self.born: dict[int, float] = {}
        self.due: dict[int, float] = {}
        """When each worker that is missing is to be started."""
        self.ends: list[int | None] = []
        self.stopping = False
        self.deadline = math.inf

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; 0 when every worker stopped in good order."""
        for caught in (signal.SIGTERM, signal.SIGINT):
            signal.signal(caught, self._stop)
        self.due = dict.fromkeys(range(self.settings.workers), 0.0)
        while self.workers or not self.stopping:
            if self.stopping and not self.dispatcher.channels:
                self.dispatcher.close()  # nobody is to wait in a queue that nobody serves
            if monotonic() > self.deadline:
                self._kill()
            self._start_those_due()
            for key, _ in self.selector.select(TICK):
                key.data()
        return 0 if set(self.ends) <= GOOD_ENDS else 1

    def _start_those_due(self) -> None:
        for slot in [slot for slot, moment in self.due.items() if moment <= monotonic()]:
            if not self.stopping:
                del self.due[slot]
                self._start(slot)

    def _start(self, slot: int) -> None:
        place = WorkerSlot(os.getpid(), slot, self.counts)
        with self.dispatcher.expect(slot) as channel:
            worker = SPAWN.Process(
                target=_child, args=(self.settings, channel, self.create, place), name=f"worker {slot}"
            )
            # Inherited: a worker that is still importing must not be torn by Ctrl+C. uvicorn takes the signal over
            # later.
            handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
            worker.start()
            signal.signal(signal.SIGINT, handler)
        self.workers[slot], self.born[slot] = worker, monotonic()
        self.selector.register(worker.sentinel, EVENT_READ, lambda: self._ended(slot))
        if self.stopping:  # the signal came between: this worker has not heard of it
            worker.terminate()

    def _ended(self, slot: int) -> None:
        """Note how a worker ended; unless all are to end, another takes its place."""
        worker = self.workers.pop(slot)
        self.selector.unregister(worker.sentinel)
        worker.join()
        if self.stopping:
            self.ends.append(worker.exitcode)
            return
        logger.error("%s (process %d) died with code %s, restarting", worker.name, worker.pid, worker.exitcode)
        self.due[slot] = monotonic() + (PAUSE if monotonic() - self.born[slot] < HASTE else 0.0)

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        """Pass SIGTERM on at once; also for Ctrl+C, which a terminal has sent to the workers itself."""
        self.stopping = True
        self.deadline = monotonic() + self.settings.drain_seconds + self.settings.shutdown_seconds + GRACE
        for worker in self.workers.values():
            worker.terminate()

    def _kill(self) -> None:
        """End the workers that do not stop by themselves."""
        self.deadline = math.inf
        for worker in self.workers.values():
            logger.error("%s (process %d) does not stop, killed", worker.name, worker.pid)
            worker.kill()


def _child(settings: Settings, channel: socket.socket, create: AppFactory, place: WorkerSlot) -> None:
    sys.exit(work(settings, PassedSockets(channel), create, place))
