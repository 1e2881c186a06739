"""What was worked out, kept for who asks next, within a bound on memory and not on how many there are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by their keys; when all together weigh more than `most` bytes, those go that were wanted longest ago.

    `weigh` says about how many bytes a key and its value are. Two threads that miss the same key at once both work it
    out, and the later one is kept: to make one wait for the other would hold up what is quick behind what is not.
    """

    def __init__(self, most: int, weigh: Callable[[K, V], int]) -> None:
        self.most, self.weigh = most, weigh
        self.weight = self.hits = self.misses = 0
        self._found: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: K) -> V | None:
        """The value of a key, if it is kept."""
        with self._lock:
            found = self._found.get(key)
            if found is None:
                return None
            self._found.move_to_end(key)
            self.hits += 1
            return found[0]

    def find(self, key: K, work_out: Callable[[], V]) -> V:
        """The value of a key; worked out, and kept unless it is too heavy, if it is not there."""
        value = self.get(key)
        if value is not None:
            return value
        self.misses += 1
        value = work_out()
        self._keep(key, value)
        return value

    def _keep(self, key: K, value: V) -> None:
        weight = self.weigh(key, value)
        if weight > self.most:
            return
        with self._lock:
            self._drop(key)
            self._found[key] = value, weight
            self.weight += weight
            while self.weight > self.most:
                self._drop(next(iter(self._found)))

    def _drop(self, key: K) -> None:
        found = self._found.pop(key, None)
        self.weight -= 0 if found is None else found[1]

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._found.clear()
            self.weight = 0
