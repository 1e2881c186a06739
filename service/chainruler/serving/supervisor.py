"""Several workers: start them, restart one that dies, stop them together."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import socket
import sys
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from time import monotonic, sleep
from types import FrameType

from chainruler.api.metrics import LENGTH
from chainruler.serving.worker import AppFactory, Place, work
from chainruler.settings import Settings

logger = logging.getLogger("chainruler")

# Spawned, not forked: a forked child would inherit this process's handlers, threads and locks.
SPAWN = multiprocessing.get_context("spawn")

HASTE = (
    5.0  # a worker that lived for less seconds than this is restarted after a pause, so that a crash is no busy loop
)
PAUSE = 1.0
GRACE = 5.0  # what a worker may take beyond its own timeouts before it is killed
GOOD_ENDS = {0, -signal.SIGTERM}  # the second of a worker that had not come to serving yet


class Supervisor:
    """Holds the sockets, so that while a worker is being restarted its connections wait and are not refused."""

    def __init__(self, settings: Settings, sockets: list[socket.socket], create: AppFactory) -> None:
        self.settings = settings
        self.sockets = sockets
        self.create = create
        # Memory that outlives a worker: its successor goes on counting where it ended.
        self.counts = SPAWN.RawArray(ctypes.c_double, len(sockets) * LENGTH)
        self.workers: dict[int, SpawnProcess] = {}
        self.born: dict[int, float] = {}
        self.stopping = False

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; 0 when every worker stopped in good order."""
        for caught in (signal.SIGTERM, signal.SIGINT):
            signal.signal(caught, self._stop)
        for slot in range(len(self.sockets)):
            self._start(slot)
        while not self.stopping:
            # A signal is handled while this waits; the timeout only bounds how long the loop takes to see it.
            dead = wait([worker.sentinel for worker in self.workers.values()], timeout=0.2)
            for slot in [slot for slot, worker in self.workers.items() if worker.sentinel in dead]:
                if not self.stopping:
                    self._restart(slot)
        return self._reap()

    def _start(self, slot: int) -> None:
        place = Place(os.getpid(), slot, self.counts)
        worker = SPAWN.Process(
            target=_child, args=(self.settings, self.sockets[slot], self.create, place), name=f"worker {slot}"
        )
        # Inherited: a worker that is still importing must not be torn by Ctrl+C. uvicorn takes the signal over later.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker.start()
        signal.signal(signal.SIGINT, handler)
        self.workers[slot], self.born[slot] = worker, monotonic()
        if self.stopping:  # the signal came between: this worker has not heard of it
            worker.terminate()

    def _restart(self, slot: int) -> None:
        worker = self.workers[slot]
        worker.join()
        logger.error("%s (process %d) died with code %s, restarting", worker.name, worker.pid, worker.exitcode)
        if monotonic() - self.born[slot] < HASTE:
            sleep(PAUSE)
        if not self.stopping:
            self._start(slot)

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        """Pass SIGTERM on at once; also for Ctrl+C, which a terminal has sent to the workers itself."""
        self.stopping = True
        for worker in self.workers.values():
            worker.terminate()

    def _reap(self) -> int:
        """Wait for the workers to end, and kill one that does not."""
        for listening in self.sockets:
            listening.close()  # the workers hold their own; nobody is to wait in a queue that nobody serves
        deadline = monotonic() + self.settings.drain_seconds + self.settings.shutdown_timeout + GRACE
        for worker in self.workers.values():
            worker.join(max(0.0, deadline - monotonic()))
            if worker.exitcode is None:
                logger.error("%s (process %d) does not stop, killed", worker.name, worker.pid)
                worker.kill()
                worker.join()
        return 0 if all(worker.exitcode in GOOD_ENDS for worker in self.workers.values()) else 1


def _child(settings: Settings, listening: socket.socket, create: AppFactory, place: Place) -> None:
    sys.exit(work(settings, listening, create, place))
