"""Base64, by pybase64 where that is installed, as the service has it: the standard library takes ten times as long."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeAlias

Encode: TypeAlias = Callable[[Any], str]
Decode: TypeAlias = Callable[[str], bytearray]


def encode(data: Any) -> str:
    """The bytes of a contiguous array, in one line."""
    return _quickest()[0](data)


def decode(text: str) -> bytearray:
    """The bytes that the text stands for; anything but base64 in one line is a ValueError."""
    return _quickest()[1](text)


def standard_encode(data: Any) -> str:
    """The same from the standard library."""
    return b2a_base64(data, newline=False).decode()


def standard_decode(text: str) -> bytearray:
    """The same from the standard library."""
    return bytearray(a2b_base64(text, strict_mode=True))


@cache
def _quickest() -> tuple[Encode, Decode]:
    try:
        import pybase64  # noqa: PLC0415  (only where base64 is sent)
    except ImportError:
        return standard_encode, standard_decode
    return pybase64.b64encode_as_string, partial(pybase64.b64decode_as_bytearray, validate=True)
