"""How many lists and texts a body of JSON has, counted without reading it."""

from __future__ import annotations

import numpy as np

from chainruler.wire.errors import DocumentTooLarge
from chainruler.wire.limits import DecodingLimits

BRACKET = ord("[")
QUOTE = ord('"')
RARE = 256  # bytes from one bracket to the next, from which on searching is quicker than counting
FEW = 1000  # up to this number, finding a byte's places one after another is faster than counting the body
SMALL = 65_536  # bytes that stay in the cache


def brackets(text: bytes | bytearray, expected: int, start: int = 0, stop: int | None = None) -> int:
    """How many brackets are opened between two places; `expected` tells whether to search or to count."""
    stop = len(text) if stop is None else stop
    if expected * RARE > stop - start or stop - start <= SMALL:
        return occurrences(text, BRACKET, start, stop)
    found, place = 0, text.find(b"[", start, stop)
    while place >= 0:
        if found > 2 * expected:  # there are more than it seemed
            return found + brackets(text, stop - place, place, stop)
        found += 1
        place = text.find(b"[", place + 1, stop)
    return found


def occurrences(text: bytes | bytearray, sign: int, start: int = 0, stop: int | None = None) -> int:
    """How often a byte stands between two places.

    Where it is frequent this takes a fifth of the time of `bytes.count`, and the event loop has its turn in between.
    """
    stop = len(text) if stop is None else stop
    signs = np.frombuffer(text, np.uint8)
    return sum(int(np.count_nonzero(signs[at : min(at + SMALL, stop)] == sign)) for at in range(start, stop, SMALL))


def refuse_many_texts(body: bytes | bytearray, limits: DecodingLimits) -> None:
    """Refuse a body with more texts than its values can have: each has a key and a text, at most.

    A parser would make millions of objects of them before it could refuse. The count stops as soon as it is decided,
    and is taken in pieces, between which the event loop has its turn.
    """
    most = 4 * limits.values  # quotes
    if len(body) <= most or _has_few(body, QUOTE) or occurrences(body, QUOTE) <= most:
        return
    signs, quotes = np.frombuffer(body, np.uint8), 0
    for at in range(0, len(body), SMALL):
        quotes += int(np.count_nonzero(signs[at : at + SMALL] == QUOTE)) - body.count(b'\\"', at, at + SMALL + 1)
        if quotes > most:
            raise DocumentTooLarge("too_many_values", "", f"More than {limits.values} values stand outside arrays.")


def _has_few(body: bytes | bytearray, sign: int) -> bool:
    """Whether a byte is rare: a body of numbers has as many quotes as its members have names."""
    place = -1
    for _ in range(FEW):
        place = body.find(sign, place + 1)
        if place < 0:
            return True
    return False
