"""Arrays as callers send them: what is taken for one, and in which words the rest is refused."""

from typing import Any

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from chainruler.schemas.arrays import ARRAY_SCHEMA, as_array
from chainruler.wire.arrays import DTYPES

TAKEN: dict[str, tuple[Any, tuple[int, ...], str]] = {
    "list": ([1.0, 2.5], (2,), "f"),
    "whole numbers": ([[1, 2], [3, 4]], (2, 2), "i"),
    "mixed": ([1, 2.5], (2,), "f"),
    "number": (3, (), "i"),
    "tuple": ((1.0, 2.0), (2,), "f"),
    "nothing in it": ([], (0,), "f"),
    "NumPy array": (np.ones((2, 3)), (2, 3), "f"),
    "NumPy number": (np.float32(2), (), "f"),
    "list of arrays": ([np.ones(2), np.zeros(2)], (2, 2), "f"),
    "largest integer": ([2**63 - 1], (1,), "i"),
    "smallest number": ([5e-324], (1,), "f"),
}
REFUSED: dict[str, tuple[Any, str, str]] = {
    "null": (None, "wrong_type", "must be an array"),
    "true": (True, "wrong_type", "must be an array"),
    "string": ("1.5", "wrong_type", "must be an array"),
    "object": ({"a": 1}, "wrong_type", "must be an array"),
    "bytes": (b"12", "wrong_type", "must be an array"),
    "set": ({1.0}, "wrong_type", "must be an array"),
    "string inside": ([1.0, "2"], "wrong_type", "numbers only"),
    "null inside": ([1.0, None], "wrong_type", "numbers only"),
    "object inside": ([[1.0, {}]], "wrong_type", "numbers only"),
    "booleans": ([True, False], "wrong_type", "numbers only"),
    "one boolean among numbers": ([[1.0, True]], "wrong_type", "numbers only"),
    "complex": ([1j], "wrong_type", "numbers only"),
    "boolean array": (np.ones(2, bool), "wrong_type", "numbers only"),
    "texts": (np.array(["a"]), "wrong_type", "numbers only"),
    "ragged": ([[1.0, 2.0], [3.0]], "ragged_array", "all rows need the same length"),
    "ragged within": ([[[1.0], [2.0]], [[1.0], [2.0, 3.0]]], "ragged_array", "all rows need the same length"),
    "number beside list": ([1.0, [2.0]], "ragged_array", "all rows need the same length"),
    "NaN": ([1.0, float("nan")], "not_finite", "no NaN"),
    "infinity": ([[float("-inf")]], "not_finite", "no NaN"),
    "NaN in an array": (np.array([np.nan]), "not_finite", "no NaN"),
    "NaN as a number": (float("nan"), "not_finite", "no NaN"),
    "400 digits": ([10**400], "out_of_range", "64 bits"),
    "65 bits": ([0, 2**64], "out_of_range", "64 bits"),
    "65 bits and true": ([2**64, True], "wrong_type", "numbers only"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_an_array(name: str) -> None:
    """It has the shape and the kind of numbers that it was sent with, and the numbers."""
    value, shape, kind = TAKEN[name]
    array = as_array(value)

    assert (array.shape, array.dtype.kind) == (shape, kind)
    assert np.array_equal(array, np.array(value))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_none(name: str) -> None:
    """It is refused with a code, in words that say what it must be."""
    value, code, words = REFUSED[name]
    with pytest.raises(PydanticCustomError) as refused:
        as_array(value)

    assert refused.value.type == code
    assert words in refused.value.message()


def test_an_array_of_the_wire_is_not_looked_through_again() -> None:
    """What is read-only has been looked at; it comes back as it is, without a copy."""
    array = np.array([1.0, np.nan])
    array.flags.writeable = False

    assert as_array(array) is array


def test_the_dtypes_that_are_described_are_those_that_are_read() -> None:
    """Whoever sends base64 by the description is read, and may send whatever is read."""
    schema: Any = ARRAY_SCHEMA
    _, encoded = schema["anyOf"]

    assert encoded["properties"]["dtype"]["enum"] == list(DTYPES)
