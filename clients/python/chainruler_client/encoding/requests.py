"""From a request to bytes, in the encoding that is quickest or that was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import orjson

from chainruler_client.encoding import base64, tensors
from chainruler_client.encoding.arrays import Array, Document

Encoding: TypeAlias = Literal["auto", "json", "base64", "safetensors"]
"""How arrays travel; "auto" is JSON for small requests and safetensors for large ones and for answers."""

JSON = "application/json"
LINES = "application/x-ndjson"
"""Documents in JSON, one a line."""
BORDER = 8192
"""Bytes of arrays from which on safetensors is quicker."""


class EncodedBody(NamedTuple):
    """Bytes, and what they are."""

    media_type: str
    pieces: Sequence[tensors.Piece]
    """Which are sent one behind the other; arrays among them are those of the caller."""

    @property
    def content(self) -> bytes:
        """All of it in one piece."""
        return self.pieces[0] if type(self.pieces[0]) is bytes and len(self.pieces) == 1 else b"".join(self.pieces)


def encoded(members: Mapping[str, Any], encoding: Encoding = "auto") -> EncodedBody:
    """The body of a request; a TypeError names the place of what holds no numbers."""
    document = Document(members)
    if encoding == "auto":
        encoding = "safetensors" if document.nbytes >= BORDER else "json"
    text = orjson.dumps(document.tree, default=_WRITERS[encoding])
    if encoding != "safetensors":
        return EncodedBody(JSON, [text])
    return EncodedBody(tensors.MEDIA_TYPE, tensors.write(text, document.arrays))


def encoded_lines(lines: Iterable[Mapping[str, Any]], encoding: Encoding = "auto") -> EncodedBody:
    """The body of a request of several documents; arrays go in JSON or in base64."""
    each: Encoding = "base64" if encoding == "base64" else "json"
    return EncodedBody(LINES, [b"\n".join(encoded(line, each).content for line in lines)])


def _as_text(array: Array) -> orjson.Fragment:
    """A nested list. float32 goes with all its digits, because it is read as float64; NaN as NaN, to be refused."""
    if array.dtype == np.float32:
        array = array.astype(np.float64)
    text = orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY)
    if b"null" in text:  # which orjson writes for what is not finite
        return orjson.Fragment(json.dumps(array.tolist()))
    return orjson.Fragment(text)


def _as_base64(array: Array) -> dict[str, Any]:
    return {"shape": array.shape, "dtype": array.dtype.name, "base64": base64.encode(array)}


def _elsewhere(_: Array) -> None:
    """What stands for an array that is a tensor: null."""


_WRITERS: dict[str, Callable[[Array], object]] = {
    "json": _as_text,
    "base64": _as_base64,
    "safetensors": _elsewhere,
}
