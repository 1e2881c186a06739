"""What the tests of the wire share: its readers, and when two documents are the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from chainruler.wire import plain, simd
from chainruler.wire.arrays import ARRAYS_UNDER
from chainruler.wire.bodies import Reader, decode_json
from chainruler.wire.errors import WireError
from chainruler.wire.limits import DEFAULT_LIMITS, DecodingLimits
from chainruler.wire.slices import Sizes

READERS: dict[str, Reader] = {
    "simdjson": simd.read,
    "simdjson, in slices": partial(simd.read, sizes=Sizes(0, 2)),
    "orjson": plain.read_quickly,
    "exact": plain.read_exactly,
}


def outcome(reader: Reader, body: bytes, limits: DecodingLimits = DEFAULT_LIMITS) -> tuple[str, ...]:
    """What a reader, with the exact one behind it, makes of a body: one comparable text of all that can differ."""
    try:
        document = decode_json(body, limits, quickly=reader)
    except WireError as error:
        return type(error).__name__, error.code, error.pointer, error.message
    return ("read", written(document))


def vouched(reader: Reader, body: bytes, limits: DecodingLimits = DEFAULT_LIMITS) -> tuple[str, ...] | None:
    """What a quick reader reads by itself; None if it is unsure."""
    try:
        return ("read", written(reader(body, limits, ARRAYS_UNDER)))
    except plain.Unsure:
        return None


def written(value: Any) -> str:
    """A document as text in which types, order, shapes, dtypes and bits show."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{value.tobytes().hex()}{value.flags.writeable}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{written(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return f"{type(value).__name__} {value!r}"
