"""An array that comes in parts, and is in memory once."""

from __future__ import annotations

import numpy as np

from chainruler.wire.arrays import Array, read_only


class Joined:
    """The parts of an array, one after the other, in memory for as many entries as it will have.

    ValueError if they are more, or less, or do not fit to one another.
    """

    def __init__(self, first: Array, length: int) -> None:
        if not 0 < len(first) <= length:
            raise ValueError("The array has no entries, or more than it should.")
        self.array = np.empty((length, *first.shape[1:]), first.dtype)
        self.filled = 0

    def add(self, part: Array) -> None:
        """Take the next part."""
        end = self.filled + len(part)
        if not len(part) or part.shape[1:] != self.array.shape[1:] or end > len(self.array):
            raise ValueError("The parts of the array do not fit to one another.")
        if self.array.dtype.kind == "i" and part.dtype.kind == "f":  # the first decimal among integers
            self.array = self.array.astype(part.dtype)
        self.array[self.filled : end] = part
        self.filled = end

    def whole(self) -> Array:
        """The array, if all of it came."""
        if self.filled != len(self.array):
            raise ValueError("The array has fewer entries than it should.")
        return read_only(self.array)
