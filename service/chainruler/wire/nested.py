"""From nested lists of Python numbers to an array, and which entry is to blame where that cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from chainruler.wire.arrays import MOST_AXES, Array, first_non_finite, read_only
from chainruler.wire.errors import Invalid, Malformed, WireError

NUMBERS = {int, float}
KINDS = {bool: "a boolean", str: "a string", type(None): "null", list: "a list", int: "a number", float: "a number"}
WRITE_NUMBERS = "Every entry must be a JSON number: no strings, no booleans, no null."


def array_of(nested: list[Any], deepest: int) -> Array:
    """The array of a nested list: int64 if every number in it is written as an integer, otherwise float64."""
    kinds: set[type] = set()
    shape = _shape(nested, deepest, kinds)
    if len(shape) > MOST_AXES:
        raise Malformed("too_deep", "", f"has {len(shape)} axes, and at most {MOST_AXES} are read.")
    if kinds == {int}:
        return _built(nested, shape, np.int64, fits_int64, out_of_range)
    return _built(nested, shape, np.float64, fits_float64, not_finite)


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    return KINDS.get(type(value), "an object")


def fits_int64(value: int) -> bool:
    """Whether an integer fits 64 bits with sign."""
    return -(2**63) <= value < 2**63


def fits_float64(value: float) -> bool:
    """Whether a number is finite as float64, which neither NaN nor an integer of 400 digits is."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def out_of_range() -> Invalid:
    """The error for an integer beyond int64."""
    return Invalid(
        "integer_out_of_range",
        "",
        "is an integer beyond 64 bits.",
        "If it need not be exact, write it as a decimal number: 1e30.",
    )


def not_finite() -> Invalid:
    """The error for NaN, infinity, or what is too large for float64."""
    return Invalid("non_finite_number", "", "is NaN, infinite, or too large for float64: only finite numbers are read.")


def too_deep() -> Malformed:
    """The error for what is nested beyond the limit."""
    return Malformed("too_deep", "", "is nested too deep: more objects and lists inside one another than are read.")


def _built(
    nested: list[Any],
    shape: tuple[int, ...],
    dtype: type[np.generic],
    fits: Callable[[Any], bool],
    blame: Callable[[], Invalid],
) -> Array:
    """The array, if each of its numbers fits; otherwise the error stands at the first that does not."""
    try:
        array = np.array(nested, dtype).reshape(shape)
    except OverflowError:
        array = None
    if array is None or first_non_finite(array) is not None:
        raise _first(nested, fits, blame)
    return read_only(array)


def _first(value: Any, fits: Callable[[Any], bool], blame: Callable[[], Invalid]) -> WireError:
    """The error at the first number that does not fit."""
    for index, entry in enumerate(value):
        if isinstance(entry, list):
            try:
                return _first(entry, fits, blame).below(index)
            except LookupError:
                continue
        if not fits(entry):
            return blame().below(index)
    raise LookupError


def _shape(nested: list[Any], deepest: int, kinds: set[type]) -> tuple[int, ...]:
    """The shape of a nested list, the kinds of its numbers added to `kinds`; what is ragged or no number is refused."""
    if deepest < 1:
        raise too_deep()
    if not nested or not isinstance(nested[0], list):
        found = set(map(type, nested))
        if not found <= NUMBERS:
            raise _no_numbers(nested)
        kinds |= found
        return (len(nested),)
    if deepest > 1 and not (nested[0] and isinstance(nested[0][0], list)):
        return _table(nested, kinds)
    expected: tuple[int, ...] = ()
    for index, block in enumerate(nested):
        try:
            if not isinstance(block, list):
                raise _no_row(block)
            shape = _shape(block, deepest - 1, kinds)
            if index and shape != expected:
                raise _ragged(shape, expected)
        except WireError as error:
            raise error.below(index) from None
        expected = shape
    return (len(nested), *expected)


def _table(rows: list[Any], kinds: set[type]) -> tuple[int, ...]:
    """The shape of a list of rows of numbers; by loops in C, because there may be a million rows."""
    width = len(rows[0])
    if set(map(type, rows)) == {list} and set(map(len, rows)) == {width}:
        found = set(map(type, chain.from_iterable(rows)))
        if found <= NUMBERS:
            kinds |= found
            return (len(rows), width)
    for index, row in enumerate(rows):
        if type(row) is not list:
            raise _no_row(row).below(index)
        if not NUMBERS.issuperset(map(type, row)):
            raise _no_numbers(row).below(index)
        if len(row) != width:
            raise _ragged((len(row),), (width,)).below(index)
    raise AssertionError("a table that is none has a row that is none")


def _no_row(value: object) -> Invalid:
    if type(value) in NUMBERS:
        return Invalid("ragged_array", "", "is a number, and the entries before it are lists.")
    return _no_number(value)


def _no_numbers(row: list[Any]) -> WireError:
    """The error at the first entry of a row that is no number."""
    index = next(index for index, entry in enumerate(row) if type(entry) not in NUMBERS)
    return _no_number(row[index]).below(index)


def _no_number(value: object) -> Invalid:
    if isinstance(value, list):
        return Invalid("ragged_array", "", "is a list, and the entries before it are numbers.")
    return Invalid("not_a_number", "", f"is {kind_of(value)} in an array of numbers.", WRITE_NUMBERS)


def _ragged(shape: tuple[int, ...], before: tuple[int, ...]) -> Invalid:
    """The error for a row unlike those before it."""
    if len(shape) == len(before) == 1:
        count = "1 number" if shape[0] == 1 else f"{shape[0]} numbers"
        told = f"has {count}, the rows before it have {before[0]}. All rows need the same length."
    else:
        told = f"has shape {shape}, the entries before it have shape {before}. All entries need the same shape."
    return Invalid("ragged_array", "", told)
