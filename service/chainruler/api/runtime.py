"""What all endpoints of one application share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from starlette.types import Receive

from chainruler import wire
from chainruler.api.bodies import Memory
from chainruler.api.keys import Keys
from chainruler.api.metrics import Metrics
from chainruler.api.placement import Slices, Workers
from chainruler.handlers.context import Context
from chainruler.memory import accounted
from chainruler.memory.machine import cores
from chainruler.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class Runtime:
    """Settings, limits and resources; each request takes its part of them."""

    settings: Settings
    limits: wire.DecodingLimits
    context: Callable[..., Context]
    """What the handler of one request is given."""
    keys: Keys
    workers: Workers
    slices: Slices
    memory: Memory
    metrics: Metrics

    @classmethod
    def of(cls, settings: Settings, metrics: Metrics) -> Runtime:
        """The runtime that the settings describe."""
        threads = settings.threads or max(1, cores() // settings.workers)
        permissions = settings.permissions()
        return cls(
            settings,
            settings.of_documents(),
            partial(Context, settings.of_computing(), settings.token_keys(), keys_needed=bool(permissions)),
            Keys(permissions, threads + settings.max_queue),
            Workers(threads, settings.max_queue, settings.deadline_seconds, metrics),
            Slices(),
            Memory(settings.max_held_bytes, metrics),
            metrics,
        )

    async def in_a_thread(self, work: Callable[[], T], context: Context, receive: Receive, deadline: float) -> T:
        """Compute in a thread, until it is done or nobody waits for it any more."""
        try:
            return await self.workers.run(lambda: accounted(work), receive, deadline)
        except BaseException:
            context.wanted = False
            raise
