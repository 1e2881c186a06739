"""What an array is on the wire: where one may stand, which numbers it holds, and how to see that they are finite."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.wire.errors import Invalid

Array = NDArray[np.float64] | NDArray[np.float32] | NDArray[np.int64]

# The top-level members below which a list of numbers is an array. Everywhere else it stays a list, whatever its length:
# a rule by content ("longer than 16") would have a schema see now a list and now an array for the same field.
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
        "tangents",
        "cotangents",
        "answers",
        "optimizer_state",
    }
)

# The top-level members that hold a whole document, with arrays below the same names again: ours, and those in which
# other grading interfaces carry a problem.
DOCUMENTS_UNDER = frozenset({"problem", "params", "configuration", "vendorExtensions", "x-chainruler"})


# The top-level members whose own members are independent: in the place of one that cannot be read stands the error.
APART_UNDER = frozenset({"answers"})


def holds_arrays(keys: Iterable[str], arrays_under: Container[str]) -> bool:
    """Whether what stands at a path is an array where it can be one.

    >>> holds_arrays(["problem", "data", "x"], ARRAYS_UNDER), holds_arrays(["loss", "data"], ARRAYS_UNDER)
    (True, False)
    """
    first = next((key for key in keys if key not in DOCUMENTS_UNDER), None)
    return first is not None and first in arrays_under


# An object of these members is an array in base64, or the shape that stands for one: its `shape` is a list of sizes.
ENCODED = frozenset({"shape", "dtype", "base64"})

# What travels in binary is little-endian. Narrow integers are widened, so that arithmetic on them cannot wrap around;
# there is no boolean, because `true` in a JSON array is refused too.
DTYPES: dict[str, np.dtype[Any]] = {
    "float64": np.dtype("<f8"),
    "float32": np.dtype("<f4"),
    "int64": np.dtype("<i8"),
    "int32": np.dtype("<i4"),
    "uint8": np.dtype("u1"),
}

MOST_AXES = 32
LONGEST_EMPTY = 2**20  # of an array without entries: as long as JSON can make one, see Limits.lists


def checked_size(shape: object) -> int:
    """The number of entries of a shape that was sent, by arithmetic alone; what is no shape is refused."""
    if not isinstance(shape, list) or not all(type(side) is int and side >= 0 for side in shape):
        raise Invalid("malformed_array", "/shape", "must be a list of sizes: integers from 0 on.")
    if len(shape) > MOST_AXES:
        raise Invalid("malformed_array", "/shape", f"has {len(shape)} axes, and at most {MOST_AXES} are read.")
    size = math.prod(shape)
    if size == 0 and max(shape) > LONGEST_EMPTY:
        raise Invalid("malformed_array", "/shape", "has no entries, and claims a side of more than a million.")
    return size


def from_binary(data: bytes | bytearray | memoryview, dtype: np.dtype[np.generic], shape: Sequence[int]) -> Array:
    """The array that these bytes are, without a copy if they are aligned, the widest of its kind, and read-only."""
    array = np.frombuffer(data, dtype).reshape(shape)
    if not array.flags.aligned:
        array = array.copy()
    if array.dtype.kind != "f":
        array = array.astype(np.int64, copy=False)
    place = first_non_finite(array)
    if place is not None:
        raise Invalid(
            "non_finite_number", "", f"holds {array[place]} at index {list(place)}: only finite numbers are read."
        )
    return read_only(array)


def read_only(array: NDArray[np.generic]) -> Array:
    """The array, protected: a view of the body cannot be written to, and no other encoding shall behave otherwise."""
    array.flags.writeable = False
    return array  # type: ignore[return-value]  # the dtypes are those of DTYPES, which NumPy's stubs cannot follow


def first_non_finite(array: NDArray[np.generic]) -> tuple[int, ...] | None:
    """The index of the first NaN or infinity of an array, or None."""
    if array.dtype.kind != "f":
        return None
    finite = np.isfinite(array)  # as quick as a sum of squares, which would need care with overflow
    if np.count_nonzero(finite) == finite.size:  # half the time of all(), for a small array
        return None
    return tuple(int(axis) for axis in np.unravel_index(int(np.argmin(finite)), array.shape))
