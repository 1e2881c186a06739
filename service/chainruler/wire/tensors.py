"""safetensors, both ways: a tensor's key is its path in the document, the rest of which is a text in the header.

The header is read here and not by the safetensors library, which copies each tensor, accepts NaN, holes between tensors
that nobody claims, and shapes such as [0, 2**40].
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from chainruler.wire.arrays import APART_UNDER, DTYPES, checked_size, from_binary, holds_arrays
from chainruler.wire.errors import DocumentTooLarge, Faults, Invalid, Malformed, pointer
from chainruler.wire.limits import DecodingLimits
from chainruler.wire.paths import Keys, keys_of, path_of, place
from chainruler.wire.tree import Document

MEDIA_TYPE = "application/vnd.safetensors"
METADATA = "__metadata__"
CODES = {
    "F64": DTYPES["float64"],
    "F32": DTYPES["float32"],
    "I64": DTYPES["int64"],
    "I32": DTYPES["int32"],
    "U8": DTYPES["uint8"],
}
NAMES = {dtype: code for code, dtype in CODES.items()}
Piece: TypeAlias = bytes | memoryview
Parse: TypeAlias = Callable[[bytes, Container[str]], Document]
PREFIX = 8  # bytes: the length of the header


def read(body: bytes | bytearray, limits: DecodingLimits, parse: Parse, arrays_under: Container[str]) -> Document:
    """The document of a safetensors body; its arrays are views of the body wherever they are aligned."""
    tensors, metadata, data = _opened(body, limits, parse)
    document = parse(metadata.get("document", "{}").encode("utf-8", "surrogatepass"), arrays_under)
    faults, left = Faults(), limits.values
    for name, tensor in tensors.items():
        keys = keys_of(name, limits.depth)
        try:
            array = _array(tensor, data, keys)
            plain = not holds_arrays(keys, arrays_under)
            left -= array.size if plain else 0
            if left < 0:
                raise DocumentTooLarge(
                    "too_many_values", pointer(*keys), f"More than {limits.values} values are no arrays."
                )
            place(document, keys, array.tolist() if plain else array)  # as if it had been sent in JSON
        except Invalid as error:
            if not _put_aside(document, keys, error):
                faults.add(error)
    faults.end()
    return document


def read_named(body: bytes, limits: DecodingLimits, parse: Parse) -> dict[str, NDArray[np.generic] | Invalid]:
    """The tensors of a file by their names, which are no paths; in the place of one that cannot be read, why."""
    tensors, _, data = _opened(body, limits, parse)
    found: dict[str, NDArray[np.generic] | Invalid] = {}
    for name, tensor in tensors.items():
        try:
            found[name] = _read(tensor, data)
        except Invalid as error:
            found[name] = error
    return found


def _put_aside(document: Document, keys: list[str], error: Invalid) -> bool:
    """Put an error in the place of what cannot be read, if others beside it are independent of it."""
    if keys[0] not in APART_UNDER or len(keys) == 1:
        return False
    beside = document.setdefault(keys[0], {})
    if isinstance(beside, dict):
        beside[keys[1]] = error
    return isinstance(beside, dict)


def write(rest: Document, tensors: Iterable[tuple[Keys, NDArray[np.generic]]]) -> bytes:
    """The body for a document and its arrays, each of which must be contiguous and of a dtype in DTYPES."""
    return b"".join(pieces_of(rest, tensors))


def pieces_of(rest: Document, tensors: Iterable[tuple[Keys, NDArray[np.generic]]]) -> list[Piece]:
    """The same in pieces, the data of each array as they are."""
    document = orjson.dumps(rest, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return named_pieces({METADATA: {"document": document}}, ((path_of(keys), array) for keys, array in tensors))


def named_pieces(header: dict[str, Any], tensors: Iterable[tuple[str, NDArray[np.generic]]]) -> list[Piece]:
    """A file of named arrays in pieces; what the header has already comes before them."""
    named = [(name, array.astype(DTYPES[array.dtype.name], copy=False)) for name, array in tensors]
    named.sort(key=lambda pair: -pair[1].itemsize)  # the widest first, so that each is aligned
    end = 0
    for name, array in named:
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": (begin, end)}
    text = orjson.dumps(header)
    text += b" " * (-len(text) % PREFIX)
    # Views of bytes, because no array can be joined or sent; reshape(-1), because one without entries has no such view.
    data = [array.reshape(-1).view(np.uint8).data for _, array in named if array.size]
    return [len(text).to_bytes(PREFIX, "little") + text, *data]


def _opened(
    body: bytes | bytearray, limits: DecodingLimits, parse: Parse
) -> tuple[Document, dict[str, str], memoryview]:
    """What the header says of each tensor, its metadata, and the data of all tensors."""
    tensors, start = _header(body, limits, parse)
    metadata = tensors.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise _malformed("__metadata__ must be an object of strings.")
    if len(tensors) > limits.arrays:
        raise DocumentTooLarge("too_many_arrays", "", f"More than {limits.arrays} tensors are in the body.")
    _check_offsets([_offsets(tensor) for tensor in tensors.values()], len(body) - start)
    return tensors, metadata, memoryview(body)[start:]


def _header(body: bytes | bytearray, limits: DecodingLimits, parse: Parse) -> tuple[Document, int]:
    """The header, and where the data begin."""
    length = int.from_bytes(body[:PREFIX], "little")
    if len(body) < PREFIX or length > len(body) - PREFIX:
        raise _malformed("It ends before its header does.", "Eight bytes, little-endian, say how long the header is.")
    if length > limits.header:
        raise DocumentTooLarge(
            "header_too_large", "", f"The header has {length} bytes; at most {limits.header} are read."
        )
    start = PREFIX + length
    try:
        return parse(bytes(body[PREFIX:start]), ()), start
    except (Malformed, Invalid) as error:
        raise _malformed(f"In its header: {error.message}", error.hint) from None


def _offsets(tensor: object) -> tuple[int, int]:
    """Where the data of a tensor begin and end."""
    if not isinstance(tensor, dict) or tensor.keys() != {"dtype", "shape", "data_offsets"}:
        raise _malformed("Each tensor must have the members dtype, shape and data_offsets, and no other.")
    offsets = tensor["data_offsets"]
    if not isinstance(offsets, list) or [type(offset) for offset in offsets] != [int, int]:
        raise _malformed("data_offsets must be two integers.")
    return offsets[0], offsets[1]


def _check_offsets(offsets: list[tuple[int, int]], size: int) -> None:
    """Refuse data that overlap, leave a hole, or end anywhere but at the end of the body."""
    ordered = [(0, 0), *sorted(offsets), (size, size)]
    if any(begin > end for begin, end in offsets) or any(one[1] != other[0] for one, other in pairwise(ordered)):
        raise _malformed(f"The data_offsets of the tensors must cover its {size} bytes of data, each once.")


def _array(tensor: dict[str, Any], data: memoryview, keys: list[str]) -> NDArray[np.generic]:
    """The array of one tensor, whose sizes are compared before anything is read."""
    try:
        return _read(tensor, data)
    except Invalid as error:
        raise error.below(*keys) from None


def _read(tensor: dict[str, Any], data: memoryview) -> NDArray[np.generic]:
    dtype = CODES.get(tensor["dtype"]) if isinstance(tensor["dtype"], str) else None
    if dtype is None:
        raise Invalid("malformed_array", "", f"has a dtype that is none of {', '.join(CODES)}.")
    try:
        expected = checked_size(tensor["shape"]) * dtype.itemsize
    except Invalid as error:
        raise Invalid(error.code, "", f"needs another shape: it {error.told}") from None
    begin, end = tensor["data_offsets"]
    if end - begin != expected:
        message = f"holds {end - begin} bytes, but shape and dtype need {expected}."
        raise Invalid("malformed_array", "", message)
    return from_binary(data[begin:end], dtype, tensor["shape"])


def _malformed(message: str, hint: str | None = None) -> Malformed:
    return Malformed("malformed_safetensors", "", f"The body is not safetensors. {message}", hint)
