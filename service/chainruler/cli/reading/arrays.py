"""Arrays from files that hold several by name: .npz and .safetensors. Nothing that could run code is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import is_zipfile

import numpy as np
from numpy.typing import NDArray

from chainruler.calls.limits import RequestLimits
from chainruler.cli.complaints import Complaint
from chainruler.wire import Invalid, WireError, tensors
from chainruler.wire.bodies import decode_json
from chainruler.wire.paths import keys_of

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, Array]

DATA = frozenset({"x", "y"})
DEEPEST = 64
SAVES = 'numpy.savez("file.npz", W1=dW1)'
LIMITS = RequestLimits().of_documents()
SUFFIXES = frozenset({".npz", ".safetensors"})


def arrays_of(path: Path) -> Arrays:
    """The arrays in a file, by name; one that cannot be read is an error."""
    found = read_arrays(path)
    for entry in found.values():
        if isinstance(entry, Complaint):
            raise entry
    return {name: entry for name, entry in found.items() if not isinstance(entry, Complaint)}


def read_arrays(path: Path, most: int | None = None) -> dict[str, Array | Complaint]:
    """The arrays in a file of limited size, by name; in the place of one that cannot be read, why."""
    if path.suffix.lower() not in SUFFIXES:
        raise Complaint(f"{path} ends neither in .npz nor in .safetensors: arrays are read from these.")
    try:
        return _from_npz(path, most) if path.suffix.lower() == ".npz" else _from_safetensors(path)
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror or error}.") from error


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Arrays by name into such a file."""
    if path.suffix == ".npz":
        np.savez(path, allow_pickle=False, **arrays)
        return
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    path.write_bytes(b"".join(tensors.named_pieces({}, contiguous.items())))


def place(document: dict[str, Any], key: str, array: Array) -> None:
    """Put an array where its key says: a path, or the name of a parameter or of data."""
    if "." in key or key.startswith("/"):
        keys = keys_of(key, DEEPEST)
    else:
        keys = ["data" if key in DATA else "parameters", key]
    inner = document
    for name in keys[:-1]:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            raise Complaint(f'The array "{key}" has no place: "{name}" of the document is no object.')
    inner[keys[-1]] = array


def _from_npz(path: Path, most: int | None) -> dict[str, Array | Complaint]:
    with path.open("rb") as file:
        if not is_zipfile(file):  # NumPy would take it for a pickle, and recommend to trust it
            raise Complaint(f"{path} is no .npz file.", hint=f"Write one with {SAVES}.")
    try:
        with np.load(path, allow_pickle=False) as found:
            unpacked = sum(member.file_size for member in found.zip.infolist())
            if most is None or unpacked <= most:
                return {name: _numbers_of(found, name, path) for name in found.files}
    except OSError:
        raise
    except Exception as error:
        raise Complaint(f"{path} cannot be read as .npz: {error}") from error
    raise Complaint(f"{path} unpacks to {unpacked:,} bytes; {most:,} are read.")


def _numbers_of(found: Mapping[str, Array], name: str, path: Path) -> Array | Complaint:
    """An array of the file, or why it cannot be read; what is pickled in it is left there."""
    try:
        return found[name]
    except Exception as error:  # noqa: BLE001 (whatever is wrong with one array, the others are read)
        if not isinstance(error, ValueError) or "allow_pickle" not in str(error):
            return Complaint(f'"{name}" in {path} cannot be read: {error}')
        message = f'"{name}" in {path} holds Python objects, and arrays of numbers are read.'
        hint = "Rows of different lengths make such an array, and so does a None among numbers."
        return Complaint(message, hint=hint)


def _from_safetensors(path: Path) -> dict[str, Array | Complaint]:
    try:
        found = tensors.read_named(path.read_bytes(), LIMITS, lambda text, under: decode_json(text, LIMITS, under))
    except WireError as error:
        raise Complaint(f"{path} cannot be read as .safetensors: {error.message}", hint=error.hint) from error
    return {
        name: Complaint(f'"{name}" in {path} {array.told}') if isinstance(array, Invalid) else array
        for name, array in found.items()
    }
