"""A cache that is bounded by what its entries weigh, and not by how many there are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Values by their keys; when together they weigh more than `most` bytes, those used longest ago are dropped.

    `weigh` estimates the bytes that an entry keeps alive, including what it shares with others. Where values grow
    while they are used, as a network gets programs, an entry is weighed again when the next one is used.

    Two threads that miss the same key at once both compute its value, and the later one is kept: to make one wait would
    hold up what is quick behind what is not.
    """

    def __init__(self, most: int, weigh: Callable[[K, V], int], *, grows: bool = False) -> None:
        self.most, self.weigh, self.grows = most, weigh, grows
        self.weight = self.hits = self.misses = 0
        self._entries: OrderedDict[K, _Entry[K, V]] = OrderedDict()
        self._latest: _Entry[K, V] | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value of a key, if it is kept."""
        try:  # each of the two is atomic: no lock is needed to read
            entry = self._entries[key]
            self._entries.move_to_end(key)
        except KeyError:
            return None
        if self.grows and entry is not self._latest:
            self._use(entry)
        self.hits += 1
        return entry.value

    def find(self, key: K, compute: Callable[[], V]) -> V:
        """The value of a key; if it is missing, it is computed, and kept unless it is too heavy."""
        value = self.get(key)
        if value is not None:
            return value
        self.misses += 1
        value = compute()
        self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value for a key, unless it is too heavy."""
        entry = _Entry(key, value, self.weigh(key, value))
        if entry.weight > self.most:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = entry
            self.weight += entry.weight
            self._trim()
        if self.grows:
            self._use(entry)

    def settle(self) -> int:
        """Weigh every entry again; the weight of all of them is returned."""
        for entry in list(self._entries.values()):
            self._weigh(entry)
        return self.weight

    def limit(self, most: int) -> None:
        """Keep no more than `most` bytes from now on."""
        with self._lock:
            self.most = most
            self._trim()

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()
            self._latest = None
            self.weight = 0

    def _use(self, entry: _Entry[K, V]) -> None:
        """Note the entry as the latest, and weigh the one that was in use until now."""
        last, self._latest = self._latest, entry
        if last is not None and last is not entry:
            self._weigh(last)

    def _weigh(self, entry: _Entry[K, V]) -> None:
        weight = self.weigh(entry.key, entry.value)
        if weight == entry.weight:
            return
        with self._lock:
            if self._entries.get(entry.key) is entry:
                self.weight += weight - entry.weight
                entry.weight = weight
                self._trim()

    def _trim(self) -> None:
        while self.weight > self.most:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        self.weight -= 0 if entry is None else entry.weight


class _Entry(Generic[K, V]):
    """One value, and what it weighed when it was last weighed."""

    __slots__ = ("key", "value", "weight")

    def __init__(self, key: K, value: V, weight: int) -> None:
        self.key, self.value, self.weight = key, value, weight
