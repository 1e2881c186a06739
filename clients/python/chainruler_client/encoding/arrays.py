"""From whatever holds numbers to NumPy arrays that travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Keys: TypeAlias = tuple[str | int, ...]

ARRAYS_UNDER = frozenset(
    {
        "parameters",
        "data",
        "statistics",
        "batches",
        "gradients",
        "variables",
        "vector",
        "vectors",
        "answers",
        "optimizer_state",
    }
)
"""The members of a document below which a list of numbers is an array; everywhere else it stays a list."""
DOCUMENTS_UNDER = frozenset({"problem"})
"""The members that hold a whole document again."""
ENCODED = frozenset({"shape", "dtype", "base64"})
"""An object of these members is an array already, or the shape of one: its lists stay lists."""

DTYPES = {np.dtype(code) for code in ("<f8", "<f4", "<i8", "<i4", "u1")}
"""Those that travel as they are."""
LARGEST = np.iinfo(np.int64).max


class Document:
    """A request as plain objects and lists, with arrays in it that travel; `arrays` has each of them with its place.

    A list that NumPy does not read as numbers stays as it is, so that the service can say what is wrong with it.
    """

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.arrays: list[tuple[Keys, Array]] = []
        self.tree = self._document(members, ())

    @property
    def nbytes(self) -> int:
        """How many bytes the arrays have."""
        return sum(array.nbytes for _, array in self.arrays)

    def _document(self, members: Mapping[str, Any], above: Keys) -> dict[str, Any]:
        """The members of a document, whose names say below which of them there are arrays."""
        tree = {}
        for key, entry in members.items():
            if key in DOCUMENTS_UNDER and isinstance(entry, Mapping):
                tree[key] = self._document(entry, (*above, key))
            else:
                tree[key] = self._value(entry, (*above, key), numeric=key in ARRAYS_UNDER)
        return tree

    def _value(self, value: Any, keys: Keys, *, numeric: bool) -> Any:
        """The value at a place; `numeric` says that lists are arrays there."""
        if type(value) is np.ndarray:  # first, and by its type: to ask for anything else takes longer
            return self._held(value, keys, numeric=numeric)
        if isinstance(value, str | bool | None):
            return value
        if isinstance(value, int | float):
            return _number(value)
        if isinstance(value, dict | Mapping):
            numeric = numeric and not value.keys() <= ENCODED
            return {key: self._value(entry, (*keys, key), numeric=numeric) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return self._listed(value, keys, numeric=numeric)
        return self._held(_opened(value), keys, numeric=numeric)

    def _listed(self, entries: list[Any] | tuple[Any, ...], keys: Keys, *, numeric: bool) -> Any:
        """An array where that is what the list is. Otherwise there are arrays in its objects only, as in batches."""
        array = _read(entries) if numeric else None
        if array is not None:
            return self._taken(array, keys)
        return [
            self._value(entry, (*keys, index), numeric=numeric and isinstance(entry, Mapping))
            for index, entry in enumerate(entries)
        ]

    def _held(self, array: Array, keys: Keys, *, numeric: bool) -> Any:
        """What stands for an array: itself, a number if it has no axes, and lists where arrays have no place."""
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{'.'.join(map(str, keys))} holds {array.dtype}: only real numbers can be sent.")
        if array.ndim == 0 or not numeric or not _fits(array):
            return self._value(array.tolist(), keys, numeric=False)
        return self._taken(array, keys)

    def _taken(self, array: Array, keys: Keys) -> Array:
        if array.dtype not in DTYPES or not array.flags.c_contiguous:
            array = np.ascontiguousarray(array, _travelling(array.dtype))
        self.arrays.append((keys, array))
        return array


def _number(value: Any) -> object:
    """The number, or what Python writes for one that orjson does not: NaN, infinity, integers of many digits.

    The service refuses them in its own words; of NaN, orjson would make null, which may mean something.
    """
    if -LARGEST <= value <= LARGEST:
        return float(value) if isinstance(value, float) else value
    return orjson.Fragment(json.dumps(value))


def _opened(value: Any) -> Array:
    """The array in a thing; a tensor of PyTorch keeps its numbers to itself for as long as it records."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _read(entries: list[Any] | tuple[Any, ...]) -> Array | None:
    """The array of a list of numbers; None for whatever else it is, which takes in a list with `True` among numbers."""
    if entries and isinstance(entries[0], str | Mapping):
        return None
    if entries and hasattr(entries[0], "detach"):
        entries = list(map(_opened, entries))
    try:
        text = orjson.dumps(entries, default=repr, option=orjson.OPT_SERIALIZE_NUMPY)
        array = np.asarray(entries)
    except (ValueError, TypeError, OverflowError):  # ragged, or no numbers
        return None
    plain = array.dtype.kind in "fiu" and b"true" not in text and b"false" not in text
    return array if plain and _fits(array) else None


def _fits(array: Array) -> bool:
    """Whether no integer is beyond 64 bits with sign; where one is, the service refuses it in its own words."""
    return array.dtype.kind != "u" or not array.size or int(array.max()) <= LARGEST


def _travelling(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype to send: float32 for half precision, int64 for whole numbers of other widths, 0 and 1 for booleans."""
    if dtype in DTYPES:
        return dtype
    if dtype.kind == "f":
        return np.dtype("<f4" if dtype.itemsize <= 4 else "<f8")
    return np.dtype("u1" if dtype.kind == "b" else "<i8")
