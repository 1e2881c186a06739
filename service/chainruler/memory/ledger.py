"""The ledger: how many bytes a worker may have, which caches share them, and what the requests under way hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from chainruler.memory.cache import Cache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MB = 2**20

SHARES: Mapping[str, float] = {
    "descriptions": 0.02,
    "problems": 0.03,
    "networks": 0.20,
    "plans": 0.15,
    "programs": 0.15,
    "kernels": 0.05,
    "structures": 0.10,
    "keys": 0.25,
    "reports": 0.05,
}
"""The share of each cache in the bytes that all of them may take. Entries of different caches may keep one network
alive, which then counts in each of them: together the caches take less than they say."""

CACHES = 384 * MB
"""More bytes than this the caches never take: what is used that rarely is as soon computed again."""
PART = 3
"""One part in three of a worker's bytes is for caches, the rest for requests."""
SPARE = 10
"""One part in ten is for what nothing counts: holes in the heap, buffers of sockets, a burst of small requests."""
LEAST = 48 * MB
"""Less than this caches and requests together never get, or no request of any size would fit."""


class Full(MemoryError):
    """The bytes are not free now; they may be when other requests have been answered."""


class NeverFits(Exception):
    """A request that needs more bytes than this worker ever has for requests."""

    code = "too_much_memory"
    pointer = ""
    hint = "Send fewer samples at a time, or a smaller model."

    def __init__(self, size: int, most: float) -> None:
        needed, there = f"{size / MB:,.0f} MB", f"{most / MB:,.0f} MB"
        self.message = f"This takes about {needed} of memory at once; this service has {there} for requests."
        super().__init__(self.message)


class Ledger:
    """The bytes of one worker. Before `open` says how many there are, requests are not held to any bound."""

    def __init__(self, shares: Mapping[str, float] = SHARES) -> None:
        self.shares = shares
        self.caches: dict[str, Cache[Any, Any]] = {}
        self.aside: dict[str, int] = {}
        self.for_caches = CACHES
        self.for_requests = math.inf
        self.held = 0
        """The bytes that requests hold now."""
        self._lock = Lock()

    def cache(self, name: str, weigh: Callable[[K, V], int], *, grows: bool = False) -> Cache[K, V]:
        """A new cache with the share that the table gives this name."""
        cache: Cache[K, V] = Cache(self._share(name), weigh, grows=grows)
        self.caches[name] = cache
        return cache

    def set_aside(self, name: str, size: int) -> None:
        """Count bytes that a small table of fixed size may take, for which a cache would be too slow."""
        self.aside[name] = size

    def open(self, most: int, base: int) -> None:
        """Hold the worker to `most` bytes, of which `base` are taken already by the interpreter and its libraries."""
        left = max(most - most // SPARE - base - sum(self.aside.values()), LEAST)
        self.for_caches = min(left // PART, CACHES)
        self.for_requests = left - self.for_caches
        for name, cache in self.caches.items():
            cache.limit(self._share(name))

    def _share(self, name: str) -> int:
        return int(self.shares[name] * self.for_caches)

    def take(self, size: int, beside: int = 0) -> None:
        """Count `size` bytes as held, for a request that holds `beside` already.

        NeverFits if the request would not fit by itself either, Full if it does not fit beside the others now.
        """
        if size + beside > self.for_requests:
            raise NeverFits(size + beside, self.for_requests)
        with self._lock:
            if self.held + size > self.for_requests:
                raise Full
            self.held += size

    @property
    def is_tight(self) -> bool:
        """Whether requests hold more than half of what they may."""
        return self.held > self.for_requests / 2

    def give_back(self, size: int) -> None:
        """Count `size` bytes as held no more."""
        with self._lock:
            self.held -= size

    @contextmanager
    def reserve(self, size: int) -> Iterator[None]:
        """Hold `size` bytes as long as this lasts."""
        self.take(size)
        try:
            yield
        finally:
            self.give_back(size)


LEDGER = Ledger()
"""That of this process."""
