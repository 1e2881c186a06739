"""Which encoding an answer is sent in: `Accept`, by RFC 9110."""

from __future__ import annotations

import math
from enum import Enum
from functools import lru_cache

from chainruler.wire import tensors
from chainruler.wire.errors import NotAcceptable

LONGEST_ACCEPT = 1_024


class Encoding(Enum):
    """An encoding by its media type, the preferred one first."""

    JSON = "application/json"
    BASE64 = "application/json;arrays=base64"
    SAFETENSORS = tensors.MEDIA_TYPE


def negotiate(accept: str | None) -> Encoding:
    """The encoding that the client likes best; JSON if it does not care."""
    if accept is None or len(accept) > LONGEST_ACCEPT:
        return Encoding.JSON
    return _negotiated(accept)


@lru_cache(maxsize=256)
def _negotiated(accept: str) -> Encoding:
    ranges = [found for text in accept.split(",") if (found := _media_range(text))]
    if not ranges:
        return Encoding.JSON
    qualities = {encoding: _quality(encoding, ranges) for encoding in Encoding}
    best = max(Encoding, key=lambda encoding: qualities[encoding])  # the first of equals
    if not qualities[best]:
        media_types = ", ".join(encoding.value for encoding in Encoding)
        raise NotAcceptable("not_acceptable", "", f"Answers are sent as {media_types}, and none fits Accept.")
    return best


MediaRange = tuple[str, str | None, float]  # type, arrays=, q


def _media_range(text: str) -> MediaRange | None:
    """One range of an `Accept`, None if it is none; parameters other than `arrays` and `q` do not matter."""
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    if media_type.count("/") != 1:
        return None
    named = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
    try:
        quality = float(named.get("q", "1"))
    except ValueError:
        return None
    return media_type, named.get("arrays"), 0.0 if math.isnan(quality) else min(max(quality, 0.0), 1.0)


def _quality(encoding: Encoding, ranges: list[MediaRange]) -> float:
    """How much an encoding is wanted: as much as the most specific range that fits says."""
    media_type, _, parameter = encoding.value.partition(";arrays=")
    fitting = {
        specific: quality
        for wanted, arrays, quality in ranges
        for specific, name in enumerate(("*/*", "application/*", media_type))
        if wanted == name and (arrays or "") == (parameter if specific == 2 else "")
    }
    return fitting[max(fitting)] if fitting else 0.0
