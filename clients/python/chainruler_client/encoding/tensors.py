"""safetensors, both ways: a tensor's key is its path in the document, which is a text in the header.

The format is a length, a header in JSON, and the bytes of the arrays. The client imports nothing of the service, so it
has its own few lines of it; the safetensors library would copy each array both ways, and cannot read the header's
metadata from memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
import orjson

from chainruler_client.encoding.arrays import Array, Keys

MEDIA_TYPE = "application/vnd.safetensors"
CODES: dict[str, np.dtype[Any]] = {
    code: np.dtype(name) for code, name in {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1"}.items()
}
NAMES = {dtype: code for code, dtype in CODES.items()}
PREFIX = 8  # bytes: the length of the header, which is padded to a multiple of it
LARGE = 2**18  # bytes of an array that is a piece by itself
Piece: TypeAlias = bytes | memoryview


def write(document: bytes, arrays: Iterable[tuple[Keys, Array]]) -> list[Piece]:
    """The body for a document in JSON, with null wherever one of these arrays belongs; large arrays are not copied."""
    widest_first = sorted(arrays, key=lambda placed: -placed[1].itemsize)  # so that each is aligned
    header: dict[str, Any] = {"__metadata__": {"document": document.decode()}}
    end = 0
    for keys, array in widest_first:
        begin, end = end, end + array.nbytes
        header[_path(keys)] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": (begin, end)}
    text = orjson.dumps(header)
    text += b" " * (-len(text) % PREFIX)
    # A flat view of bytes, because join takes no arrays; an array without entries has no such view.
    data = [array.reshape(-1).view(np.uint8).data for _, array in widest_first if array.size]
    return list(_pieces([len(text).to_bytes(PREFIX, "little"), text, *data]))


def _pieces(buffers: Iterable[Piece]) -> Iterator[Piece]:
    """The same bytes, what is small in one piece with what is next to it: each piece is sent by a call of its own."""
    small: list[Piece] = []
    for buffer in buffers:
        if len(buffer) < LARGE:
            small.append(buffer)
        else:
            yield b"".join(small)
            yield buffer
            small = []
    if small:
        yield b"".join(small)


def read(body: bytes | bytearray | memoryview) -> dict[str, Any]:
    """The document of a body; its arrays are views of the body."""
    start = PREFIX + int.from_bytes(body[:PREFIX], "little")
    header = orjson.loads(memoryview(body)[PREFIX:start])
    document: dict[str, Any] = orjson.loads(header.pop("__metadata__", {}).get("document", "{}"))
    for path, tensor in header.items():
        begin, end = tensor["data_offsets"]
        dtype = CODES[tensor["dtype"]]
        flat = np.frombuffer(body, dtype, (end - begin) // dtype.itemsize, start + begin)
        _place(document, _keys(path), flat.reshape(tensor["shape"]))
    return document


def _path(keys: Keys) -> str:
    """The keys as one text: with dots, or as a JSON pointer where a dot could be mistaken."""
    texts = [str(key) for key in keys]
    if any("." in text or not text for text in texts):
        return "".join("/" + text.replace("~", "~0").replace("/", "~1") for text in texts)
    return ".".join(texts)


def _keys(path: str) -> list[str]:
    if path.startswith("/"):
        return [text.replace("~1", "/").replace("~0", "~") for text in path[1:].split("/")]
    return path.split(".")


def _place(document: dict[str, Any], keys: list[str], array: Array) -> None:
    """Put an array where it belongs; objects on the way are made, lists are there."""
    inner: Any = document
    for key in keys[:-1]:
        inner = inner[int(key)] if isinstance(inner, list) else inner.setdefault(key, {})
    inner[int(keys[-1]) if isinstance(inner, list) else keys[-1]] = array
