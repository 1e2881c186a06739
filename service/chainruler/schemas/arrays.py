"""Arrays as they travel: NumPy arrays inside, nested lists or base64 in JSON."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_NESTED = {
    "title": "Nested list",
    "description": "A nested list of finite numbers, rectangular.",
    "anyOf": [{"type": "number"}, {"type": "array", "items": {}}],
}
_ENCODED = {
    "title": "Base64",
    "description": "Little-endian numbers in C order, base64-encoded.",
    "type": "object",
    "additionalProperties": False,
    "required": ["shape", "dtype", "base64"],
    "properties": {
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "dtype": {"type": "string", "enum": ["float64", "float32", "int64", "int32", "uint8"]},
        "base64": {"type": "string", "contentEncoding": "base64"},
    },
}


def as_array(value: object) -> NDArray[Any]:
    """The value as an array of finite numbers.

    Read-only arrays come from the wire, which has looked at each number; all else comes from a caller in Python.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and not value.flags.writeable:
        return value
    if not isinstance(value, np.ndarray | np.number | int | float | list | tuple) or isinstance(value, bool):
        raise PydanticCustomError("wrong_type", "must be an array: a rectangular list of numbers")
    try:
        array = np.asarray(value)
        each = () if isinstance(value, np.ndarray) else np.asarray(value, object).flat
    except ValueError:
        raise PydanticCustomError("ragged_array", "must be rectangular: all rows need the same length") from None
    if array.dtype.kind == "O" and all(type(item) in {int, float} for item in each):
        raise PydanticCustomError("out_of_range", "must hold numbers of 64 bits: write larger ones as 1e20")
    if array.dtype.kind not in "fiu" or any(isinstance(item, bool) for item in each):
        raise PydanticCustomError("wrong_type", "must hold numbers only")
    if not np.isfinite(array).all():
        raise PydanticCustomError("not_finite", "must hold finite numbers: no NaN, no infinity")
    return array


ARRAY_SCHEMA = {"title": "Array", "anyOf": [_NESTED, _ENCODED]}
Array = Annotated[NDArray[Any], PlainValidator(as_array), WithJsonSchema(ARRAY_SCHEMA)]
