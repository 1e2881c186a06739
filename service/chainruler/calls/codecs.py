"""How the bodies of requests and answers are written: a call of the table names its codec.

A codec looks at the headers of one request and settles a format: how its body is read and how its answer is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from chainruler import wire

Headers = Mapping[bytes, bytes]
"""By their names in small letters; those that were sent several times are joined with commas."""
JSON = wire.Encoding.JSON.value
NDJSON = "application/x-ndjson"


class Format(NamedTuple):
    """What the headers of one request have settled."""

    media_type: str
    """Of the answer."""
    decode: Callable[..., Any]
    """The document of a body, within `limits`."""
    encode: Callable[[Any], list[wire.Piece]]
    """The answer in pieces that can be sent one after the other."""
    headers: Mapping[str, str] = MappingProxyType({})
    """What else the headers of the answer say."""


@dataclass(frozen=True)
class Codec:
    """A way to write requests and answers; `settle` refuses headers that cannot be satisfied."""

    takes: tuple[str, ...]
    """Media types of requests, for the documentation."""
    gives: tuple[str, ...]
    settle: Callable[[Headers], Format]
    negotiates: bool = True
    """Whether it looks at Accept."""


def _decode(headers: Headers) -> Callable[..., Any]:
    """What reads a body of the type that the headers name."""
    found = headers.get(b"content-type")
    return partial(wire.decode, content_type=None if found is None else found.decode("latin-1"))


def _documents(headers: Headers) -> Format:
    accept = headers.get(b"accept")
    encoding = wire.negotiate(None if accept is None else accept.decode("latin-1"))
    return Format(encoding.value, _decode(headers), partial(wire.pieces_of, encoding=encoding))


def _written(answer: Any) -> list[wire.Piece]:
    """Any answer as JSON, arrays as nested lists."""
    return [orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)]


def _plain(headers: Headers) -> Format:
    return Format(JSON, _decode(headers), _written)


def _lines(headers: Headers) -> Format:
    if NDJSON.encode() not in headers.get(b"accept", b""):
        _documents(headers)  # refuses what fits none of the encodings
    return Format(NDJSON, wire.decode, partial(wire.pieces_of, encoding=wire.Encoding.JSON))


DOCUMENTS = Codec((JSON, wire.Encoding.SAFETENSORS.value), tuple(one.value for one in wire.Encoding), _documents)
"""Documents with arrays in them: JSON, base64 or safetensors, as Content-Type and Accept say."""
PLAIN = Codec((JSON,), (JSON,), _plain, negotiates=False)
"""JSON whatever Accept says, as browsers and other protocols want it."""
LINES = Codec((NDJSON,), (NDJSON,), _lines)
"""A document a line, in both directions."""
