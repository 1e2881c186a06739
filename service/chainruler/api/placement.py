"""Where a request is computed: on the event loop if that is quick, otherwise in a thread.

A thread costs about 0.1 ms to go to and come back from, and the loop answers nobody else while it computes. So what is
done in well under a millisecond stays on the loop, and everything else leaves it; docs/why.md has the measurements.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from time import perf_counter
from typing import TypeVar

from starlette.types import Receive

from chainruler.api.metrics import Metrics
from chainruler.refusals.transport import Busy, ClientGone, TookTooLong

T = TypeVar("T")

INLINE_BYTES = 2**17
"""Bodies up to here are read on the loop: 0.2 ms for JSON."""
INLINE_OPERATIONS = 5_000_000
"""Up to here a network whose program is there is computed on the loop: 0.2 ms."""
CODEC = Lock()
"""Held by a thread that reads a body or writes an answer. Both hold the interpreter, a millisecond or two at a time: so
the event loop has one such thread before it, and not as many as there are."""


SLICE_SECONDS = 0.004
"""So long the loop computes at a time, before it looks at what else there is: /health/live, above all."""


class Slices:
    """The time of the event loop, shared out to what is computed on it: a slice in each of its turns.

    Without this, dozens of requests that are ready at once are computed one after another, and the requests after them
    waits for all of them.
    """

    def __init__(self, seconds: float = SLICE_SECONDS) -> None:
        self.seconds = seconds
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._open = False
        self._began = 0.0
        self._served = 0

    async def share(self) -> None:
        """Come back when it is one's turn to compute, in the order of asking."""
        if self._waiting or (self._open and perf_counter() - self._began >= self.seconds):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        elif not self._open:
            self._begin()
        self._served += 1

    def _begin(self) -> None:
        self._open, self._began, self._served = True, perf_counter(), 0
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        """A turn is over: in the next one go on as many of those that wait as this one would have had time for."""
        self._open = False
        if self._waiting:
            faster = self.seconds / max(perf_counter() - self._began, self.seconds / 2)
            for _ in range(max(1, int(self._served * faster))):
                self._release()
            self._begin()

    def _release(self) -> None:
        """Let the next one go on, of those that are still there."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class Workers:
    """Threads that compute, and before them a queue that has an end."""

    def __init__(self, threads: int, queue: int, seconds: float, metrics: Metrics) -> None:
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix="compute")
        self.free = threads
        self.queue = queue
        self.seconds = seconds
        self.metrics = metrics
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def run(self, work: Callable[[], T], receive: Receive, deadline: float) -> T:
        """What `work` returns, computed in a thread.

        Busy if the queue is full, TookTooLong at the deadline, ClientGone as soon as the client is: a place in the
        queue is then given up at once, a thread as soon as its work ends.
        """
        watch = asyncio.ensure_future(_gone(receive))
        try:
            began = perf_counter()
            await self._thread(watch, deadline)
            self.metrics.waited(perf_counter() - began)
            return await self._first(self._started(work), watch, deadline)
        finally:
            watch.cancel()

    async def _thread(self, watch: asyncio.Future[None], deadline: float) -> None:
        """Wait until a thread is free, and take it."""
        if self.free:
            self.free -= 1
            return
        if len(self.waiting) >= self.queue:
            raise Busy(f"All threads compute, and {self.queue} requests wait already")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        self.metrics.add("queue_length", 1)
        try:
            await self._first(turn, watch, deadline)
        except BaseException:
            if turn in self.waiting:
                self.waiting.remove(turn)
            else:  # it came at the very moment: pass it on
                self._release()
            raise
        finally:
            self.metrics.add("queue_length", -1)

    def _started(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        running = self.executor.submit(work)

        def done(_: object) -> None:
            # A loop that is closed has no more requests, and the last of them need not be waited for.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._release)

        # On the thread's own future: the one that is awaited ends as soon as nobody waits, with the thread at work.
        running.add_done_callback(done)
        return asyncio.wrap_future(running)

    async def _first(self, future: asyncio.Future[T], watch: asyncio.Future[None], deadline: float) -> T:
        """The result of a future, unless the client goes or the deadline comes before."""
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.wait((future, watch), timeout=max(left, 0.0), return_when=asyncio.FIRST_COMPLETED)
        try:
            if future.done():
                return future.result()
            future.cancel()
        finally:  # an error's traceback has this frame: with the future, it would keep the request's arrays in a cycle
            del future
        raise ClientGone if watch.done() else TookTooLong(self.seconds)

    def _release(self) -> None:
        """Give the thread to the request that has waited longest."""
        if self.waiting:
            self.waiting.popleft().set_result(None)
        else:
            self.free += 1

    def close(self) -> None:
        """Take no more work."""
        self.executor.shutdown(wait=False, cancel_futures=True)


async def _gone(receive: Receive) -> None:
    """Come back when the client has gone; after the body, a server has nothing else to tell."""
    while (await receive())["type"] != "http.disconnect":
        pass
