"""How many lists a text of JSON opens, counted without reading it."""

from __future__ import annotations

import numpy as np

BRACKET = ord("[")
RARE = 256  # bytes from one bracket to the next, from which on searching is quicker than counting
SMALL = 65_536  # bytes that stay in the cache


def brackets(text: bytes | bytearray, expected: int, start: int = 0, stop: int | None = None) -> int:
    """How many brackets are opened between two places; `expected` tells whether to search or to count."""
    stop = len(text) if stop is None else stop
    if expected * RARE > stop - start or stop - start <= SMALL:
        signs = np.frombuffer(text, np.uint8)
        pieces = range(start, stop, SMALL)
        return sum(int(np.count_nonzero(signs[at : min(at + SMALL, stop)] == BRACKET)) for at in pieces)
    found, place = 0, text.find(b"[", start, stop)
    while place >= 0:
        if found > 2 * expected:  # there are more than it seemed
            return found + brackets(text, stop - place, place, stop)
        found += 1
        place = text.find(b"[", place + 1, stop)
    return found
