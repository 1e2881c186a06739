"""From the bytes of an answer to a document, and from what stands in it to NumPy arrays.

JSON says neither which lists are arrays nor which floats they hold: the first is for the results to know, the second is
the `dtype` that the request asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from chainruler_client.encoding import base64, tensors
from chainruler_client.encoding.arrays import ARRAYS_UNDER, ENCODED, Array
from chainruler_client.encoding.requests import JSON, LINES

ACCEPTED = {"json": JSON, "base64": f"{JSON};arrays=base64", "safetensors": tensors.MEDIA_TYPE}
"""What to ask for, by encoding."""


def decoded(media_type: str, body: bytes | bytearray | memoryview) -> Any:
    """The document of an answer; of an answer in lines, one that holds them."""
    if media_type.startswith(tensors.MEDIA_TYPE):
        return tensors.read(body)
    if media_type.startswith(LINES):
        return {"lines": [orjson.loads(line) for line in bytes(body).split(b"\n") if line]}
    return orjson.loads(body)


def array(value: Any, dtype: str) -> Array:
    """The array that a nested list, an array in base64 or a number is."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, dict):
        return np.frombuffer(base64.decode(value["base64"]), value["dtype"]).reshape(value["shape"])
    read = np.asarray(value)
    return read.astype(dtype) if read.dtype.kind == "f" else read


def arrays(value: Any, dtype: str) -> dict[str, Array]:
    """The same for each member of an object."""
    return {key: array(entry, dtype) for key, entry in value.items()}


def numbers(value: Any, dtype: str) -> Any:
    """The value with arrays in it, wherever they stand; numbers stay numbers."""
    if isinstance(value, list) or (isinstance(value, dict) and value.keys() == ENCODED):
        return array(value, dtype)
    if isinstance(value, dict):
        return {key: numbers(entry, dtype) for key, entry in value.items()}
    return value


def document(value: Any, dtype: str) -> dict[str, Any]:
    """A document of the contract: the value with arrays below the members that hold them."""
    return {key: numbers(entry, dtype) if key in ARRAYS_UNDER else entry for key, entry in value.items()}
