"""From the body of a request to a document: plain Python data, with arrays in place of nested lists of numbers."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TypeAlias

from chainruler.wire import plain, tensors
from chainruler.wire.arrays import ARRAYS_UNDER
from chainruler.wire.brackets import refuse_many_texts
from chainruler.wire.limits import DEFAULT_LIMITS, DecodingLimits
from chainruler.wire.tree import Document

Body: TypeAlias = bytes | bytearray
Reader: TypeAlias = Callable[[Body, DecodingLimits, Container[str]], Document]

read_quickly: Reader
# simdjson comes with [server]; without it orjson reads the same, three times slower.
try:
    from chainruler.wire.simd import read as read_quickly
except ImportError:
    from chainruler.wire.plain import read_quickly


def decode(
    body: Body,
    content_type: str | None = None,
    limits: DecodingLimits = DEFAULT_LIMITS,
    arrays_under: Container[str] = ARRAYS_UNDER,
) -> Document:
    """The document that a body is; a missing or foreign content type is taken for JSON, as `curl -d` sends it."""
    if content_type and content_type.partition(";")[0].strip().lower() == tensors.MEDIA_TYPE:
        return tensors.read(body, limits, lambda text, under: decode_json(text, limits, under), arrays_under)
    return decode_json(body, limits, arrays_under)


def decode_json(
    body: Body,
    limits: DecodingLimits = DEFAULT_LIMITS,
    arrays_under: Container[str] = ARRAYS_UNDER,
    *,
    quickly: Reader = read_quickly,
) -> Document:
    """The document that a JSON body is; a body that the quick reader cannot vouch for is read by the exact one."""
    refuse_many_texts(body, limits)
    try:
        return quickly(body, limits, arrays_under)
    except plain.Unsure:
        pass  # what is wrong, if anything, is for the exact reader to say; and outside, so that proxies are let go
    return plain.read_exactly(body, limits, arrays_under)
