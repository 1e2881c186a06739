"""Large arrays of a JSON body, cut out of it and into slices.

Reading a slice takes a fraction of a millisecond and a fraction of the memory; reading all at once would hold the
interpreter, and with it the event loop, for 1 ms a megabyte, and needs twice the body for it.

Nothing here is vouched for: wherever the cuts fall, the reader has to check that each slice is a list of entries by
itself and that what is left is a document. If so, the body is that document with all those entries at their places.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

Body: TypeAlias = bytes | bytearray
Span: TypeAlias = tuple[int, int]

MOST_QUOTES = 4096
"""A body with more of them has many texts, and is not worth the search."""


class Sizes(NamedTuple):
    """How many bytes an array has to have to be cut out, and how many a slice has at least."""

    large: int
    piece: int


DEFAULT_SIZES = Sizes(2**20, 2**19)


def cut(body: Body, sizes: Sizes) -> tuple[Body, list[Span]]:
    """The body without its large arrays, and where these are; a text that no such body has stands in for each."""
    kept: list[Body | memoryview] = []
    arrays: list[Span] = []
    view, end = memoryview(body), 0
    for start, stop in _between_texts(body):
        first, last = body.find(b"[", start, stop), body.rfind(b"]", start, stop)
        if 0 <= first < last - sizes.large:
            kept += [view[end:first], stand_in(len(arrays))]
            arrays.append((first, last + 1))
            end = last + 1
    return (b"".join([*kept, view[end:]]), arrays) if arrays else (body, [])


def stand_in(index: int) -> bytes:
    """What stands for an array, as JSON: its text begins with NUL, which only an escape can write."""
    return b'"\\u0000%d"' % index


def slices(body: bytearray, array: Span, sizes: Sizes) -> Iterator[Span]:
    """Slices of an array, each from the bracket or comma before some entries to that behind them."""
    start, last = array[0], array[1] - 1
    head = body[start : start + 64]
    closing = b"]" * (len(head) - len(head.lstrip(b"[")) - 1) + b","  # what ends an entry, if nothing stands between
    while (found := body.find(closing, start + sizes.piece, last)) >= 0:
        end = found + len(closing) - 1
        yield start, end + 1
        start = end
    yield start, last + 1


@contextmanager
def as_list(body: bytearray, piece: Span) -> Iterator[memoryview]:
    """A slice as a list by itself: the commas around it are brackets meanwhile. To copy it would cost a tenth more."""
    first, last = piece[0], piece[1] - 1
    ends = body[first], body[last]
    body[first], body[last] = b"[]"
    try:
        yield memoryview(body)[first : last + 1]
    finally:
        body[first], body[last] = ends


def _between_texts(body: Body) -> Iterator[Span]:
    """Where the body is outside its texts; nowhere if it has many, or one with an escape, which may hide its end."""
    spans: list[Span] = []
    start = 0
    for _ in range(MOST_QUOTES):
        opening = body.find(b'"', start)
        if opening < 0:
            return iter([*spans, (start, len(body))])
        closing = body.find(b'"', opening + 1)
        if closing < 0 or body.find(b"\\", opening, closing) >= 0:
            break
        spans.append((start, opening))
        start = closing + 1
    return iter(())
