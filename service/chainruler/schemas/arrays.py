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
        "dtype": {"type": "string", "enum": ["float64", "float32", "int64", "int32"]},
        "base64": {"type": "string", "contentEncoding": "base64"},
    },
}


def as_array(value: object) -> NDArray[Any]:
    """The value as a NumPy array of finite numbers; lists are for callers without a wire in between."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return value
    if value is None or isinstance(value, bool | str | bytes | dict):
        raise PydanticCustomError("wrong_type", "must be an array: a rectangular list of numbers")
    try:
        array = np.asarray(value)
    except ValueError:
        raise PydanticCustomError("ragged_array", "must be rectangular: all rows need the same length") from None
    if array.dtype.kind not in "fiu":
        raise PydanticCustomError("wrong_type", "must hold numbers only")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PydanticCustomError("not_finite", "must hold finite numbers: no NaN, no infinity")
    return array


ARRAY_SCHEMA = {"title": "Array", "anyOf": [_NESTED, _ENCODED]}
Array = Annotated[NDArray[Any], PlainValidator(as_array), WithJsonSchema(ARRAY_SCHEMA)]
