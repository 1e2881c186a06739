"""From an answer, plain Python data with arrays in it, to bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from chainruler.wire import base64, tensors
from chainruler.wire.accept import Encoding, negotiate
from chainruler.wire.arrays import DTYPES, first_non_finite
from chainruler.wire.errors import NonFiniteAnswer, pointer
from chainruler.wire.paths import Keys
from chainruler.wire.tensors import Piece

AnyArray = NDArray[np.generic]
OnArray = Callable[[Keys, AnyArray], Any]

# The only float32, of all there are, whose fewest digits name another one if they are read as float64 and rounded:
# the decimal lies so close to the middle between two that float64 falls on the middle. It is written with all digits.
HARD = np.uint32(0x15AE43FD).view(np.float32)  # 7.038531e-26, which Python would read as its neighbour too

AS_THEY_ARE = frozenset(DTYPES.values())
PLAIN = frozenset({DTYPES["float64"], DTYPES["int64"]})
ABSENT = object()  # what stands for an array that goes elsewhere
MARK = orjson.Fragment(b"\0")  # the same; no JSON text holds this byte

MOST_AT_ONCE = 2**14
"""How many numbers are written at once: half a millisecond."""


def encode(answer: Mapping[str, Any], accept: str | Encoding | None = None) -> tuple[str, bytes]:
    """The media type and the bytes of an answer, in the encoding that `Accept` asks for.

    No encoding carries NaN or infinity: the first place that holds one is refused, and nothing becomes null.
    """
    encoding = accept if isinstance(accept, Encoding) else negotiate(accept)
    return encoding.value, b"".join(pieces_of(answer, encoding))


def pieces_of(answer: Mapping[str, Any], encoding: Encoding) -> list[Piece]:
    """The bytes of an answer in pieces that can be sent one after the other: to join them would be a copy."""
    return WRITERS[encoding](answer)


def _as_json(answer: Mapping[str, Any]) -> list[Piece]:
    """Arrays as nested lists: orjson writes each number with the fewest digits that read back as the same."""
    if _is_plain(answer):
        return [orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)]
    large: list[AnyArray] = []

    def write(keys: Keys, array: AnyArray) -> object:
        array = _as_list(keys, array)
        if array.size <= MOST_AT_ONCE:
            return array
        large.append(array)
        return MARK

    first, *rest = orjson.dumps(_rest(answer, (), write), option=orjson.OPT_SERIALIZE_NUMPY).split(b"\0")
    pieces: list[Piece] = [first]
    for array, after in zip(large, rest, strict=True):
        pieces += [*_in_blocks(array), after]
    return pieces


def _is_plain(value: Any) -> bool:
    """Whether orjson can write all of it as it stands, as it can most small answers: looked at, and not built anew."""
    kind = type(value)
    if kind is np.ndarray:
        plain = value.ndim and value.size <= MOST_AT_ONCE and value.dtype in PLAIN and value.flags.c_contiguous
        return bool(plain) and first_non_finite(value) is None
    if kind is dict:
        return all(map(_is_plain, value.values()))
    if kind is list:
        return all(map(_is_plain, value))
    return math.isfinite(value) if kind in {float, np.float64} else kind in {str, int, bool, type(None)}


def _in_blocks(array: AnyArray) -> Iterator[bytes]:
    """An array as nested lists, some entries at a time: orjson holds the interpreter for as long as it writes."""
    if array.size <= MOST_AT_ONCE:
        yield orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY)
        return
    step = MOST_AT_ONCE // array[0].size
    for start in range(0, len(array), step or 1):
        yield b"," if start else b"["
        if step:
            yield orjson.dumps(array[start : start + step], option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
        else:
            yield from _in_blocks(array[start])
    yield b"]"


def _as_list(_: Keys, array: AnyArray) -> AnyArray:
    """The array as orjson shall write it: as it is, but for the one float32 that its own digits do not lead back to."""
    hard = array.dtype == np.float32 and (np.abs(array) == HARD).any()
    return array.astype(np.float64) if hard else array


def _as_base64(answer: Mapping[str, Any]) -> list[Piece]:
    rest = _rest(answer, (), lambda _, array: orjson.Fragment(base64.object_of(array)))
    return [orjson.dumps(rest, option=orjson.OPT_SERIALIZE_NUMPY)]


def _as_safetensors(answer: Mapping[str, Any]) -> list[Piece]:
    found: list[tuple[Keys, AnyArray]] = []

    def take(keys: Keys, array: AnyArray) -> object:
        found.append((keys, array))
        return ABSENT

    return tensors.pieces_of(_rest(answer, (), take), found)


WRITERS: dict[Encoding, Callable[[Mapping[str, Any]], list[Piece]]] = {
    Encoding.JSON: _as_json,
    Encoding.BASE64: _as_base64,
    Encoding.SAFETENSORS: _as_safetensors,
}


def _rest(value: Any, keys: Keys, on_array: OnArray) -> Any:
    """The answer with `on_array` in place of each array: absent members go, absent entries leave a null behind."""
    if isinstance(value, np.ndarray):
        return _array(value, keys, on_array)
    if isinstance(value, dict):
        members = {}
        for key, entry in value.items():
            rest = _rest(entry, (*keys, key), on_array)
            if rest is not ABSENT:
                members[key] = rest
        return members
    if isinstance(value, list | tuple):
        entries = [_rest(entry, (*keys, index), on_array) for index, entry in enumerate(value)]
        return [None if entry is ABSENT else entry for entry in entries]
    if isinstance(value, float | np.float32):  # np.float64 is a float
        if not math.isfinite(value):
            raise _non_finite(keys, value)
        return float(value) if isinstance(value, np.float32) and abs(value) == HARD else value
    return value


def _array(array: AnyArray, keys: Keys, on_array: OnArray) -> Any:
    """One array: a number if it has no axes, otherwise contiguous and of a dtype that travels."""
    if array.ndim == 0:
        return _rest(array[()], keys, on_array)
    if array.dtype not in AS_THEY_ARE or not array.flags.c_contiguous:
        array = _copied(array, keys)
    index = first_non_finite(array)
    if index is not None:
        raise _non_finite((*keys, *index), array[index])
    return on_array(keys, array)


def _copied(array: AnyArray, keys: Keys) -> AnyArray:
    """The array without its strides and in the byte order that travels."""
    dtype = DTYPES.get(array.dtype.name)
    if dtype is None:
        raise TypeError(f"{pointer(*keys)} has dtype {array.dtype}, which is none of {', '.join(DTYPES)}.")
    return np.ascontiguousarray(array, dtype)


def _non_finite(keys: Keys, value: object) -> NonFiniteAnswer:
    return NonFiniteAnswer(
        "non_finite_result",
        pointer(*keys),
        f"would be {value}, which JSON cannot carry and no gradient step should take.",
        "A value on the way became too large: scale the data or the parameters down.",
    )
