"""Arrays as `{"shape": [2, 3], "dtype": "float64", "base64": "…"}`, both ways."""

from __future__ import annotations

import contextlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.wire.arrays import DTYPES, ENCODED, Array, checked_size, from_binary
from chainruler.wire.errors import Invalid


def standard_encode(data: Any) -> bytes:
    """The bytes as base64, in one line."""
    return b2a_base64(data, newline=False)


def standard_decode(text: str) -> bytes:
    """The bytes that the text stands for; anything but base64 in one line is a ValueError."""
    return a2b_base64(text, strict_mode=True)


encode: Callable[[Any], bytes] = standard_encode
decode: Callable[[str], bytes] = standard_decode
# pybase64 is forty times faster and comes with [server]; both refuse the same texts, which the tests hold them to.
with contextlib.suppress(ImportError):
    import pybase64

    encode, decode = pybase64.b64encode, partial(pybase64.b64decode, validate=True)


def array_of(members: dict[str, Any]) -> Array:
    """The array that such an object describes."""
    if members.keys() != ENCODED:
        raise Invalid("malformed_array", "", "must have the members shape, dtype and base64, and no other.")
    dtype = DTYPES.get(members["dtype"]) if isinstance(members["dtype"], str) else None
    if dtype is None:
        raise Invalid("malformed_array", "/dtype", f"must be one of {', '.join(DTYPES)}.")
    expected = checked_size(members["shape"]) * dtype.itemsize
    return from_binary(_bytes(members["base64"], expected), dtype, members["shape"])


def object_of(array: NDArray[np.generic]) -> bytes:
    """Such an object, as JSON; the array must be contiguous and of a dtype in DTYPES."""
    dtype = array.dtype.name
    little = array.astype(DTYPES[dtype], copy=False)
    shape = ",".join(map(str, array.shape))
    return b'{"shape":[%b],"dtype":"%b","base64":"%b"}' % (shape.encode(), dtype.encode(), encode(little))


def _bytes(text: object, expected: int) -> bytes:
    """The bytes that a text stands for, if they are as many as expected; its length tells before it is decoded."""
    if not isinstance(text, str):
        raise Invalid("malformed_array", "/base64", "must be a string.")
    if len(text) != 4 * -(-expected // 3):
        found = len(text) * 3 // 4
        message = f"holds about {found} bytes, but shape and dtype need {expected}."
        raise Invalid("malformed_array", "/base64", message)
    try:
        data = decode(text)
    except ValueError:
        data = b""
    if len(data) != expected:
        raise Invalid(
            "malformed_array", "/base64", "is not base64: A-Z, a-z, 0-9, + and /, padded with =, in one line."
        )
    return data
