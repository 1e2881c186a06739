"""What an optimiser remembers from step to step: a value, the same in memory as in JSON.

{"step": 3, "m": {"W1": …, "b1": …}, "v": {"W1": …, "b1": …}}: how many steps were taken, and for each slot one array
per parameter, of the parameter's shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainruler.networks.errors import SpecError, did_you_mean, pointer

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]
State: TypeAlias = Mapping[str, Any]

MOST_STEPS = 2**53
"""Beyond this, a JSON number no longer counts."""


class Slot(NamedTuple):
    """One thing that is remembered about each parameter: its key, PyTorch's name for it, and whether it is a square."""

    name: str
    torch: str
    is_square: bool = False


def initial(slots: Sequence[Slot], parameters: Arrays) -> State:
    """The state before the first step: nothing but zeros."""
    return {"step": 0, **{slot.name: _zeros(parameters) for slot in slots}}


def accepted(slots: Sequence[Slot], parameters: Arrays, document: object) -> State:
    """A state that came from outside, checked against the parameters; pointers start at the state.

    PyTorch's names of the slots are taken too. Before the first step a slot may be missing or empty: it is zero.
    """
    if not isinstance(document, Mapping):
        raise SpecError(
            "wrong_type", "", "The optimiser's state must be an object.", "Send what the last step answered."
        )
    keys = _keys(slots, document)
    step = _step(document)
    return {"step": step, **{slot.name: _slot(slot, keys[slot], parameters, document, step) for slot in slots}}


def _zeros(parameters: Arrays) -> dict[str, Array]:
    return {name: np.zeros(array.shape, array.dtype) for name, array in parameters.items()}


def _keys(slots: Sequence[Slot], document: Mapping[str, object]) -> dict[Slot, str]:
    """Under which of its two names each slot stands in the document."""
    known = ["step", *(name for slot in slots for name in (slot.name, slot.torch))]
    for key in document:
        if key not in known:
            hint = did_you_mean(str(key), ["step", *(slot.name for slot in slots)])
            raise SpecError("unknown_field", pointer(key), f'"{key}" is not kept by this optimiser as it is set.', hint)
    for slot in slots:
        if slot.name in document and slot.torch in document:
            message = f"{slot.torch} is PyTorch's name for {slot.name}, and both are given."
            raise SpecError("duplicate_field", pointer(slot.torch), message, "Leave one out.")
    return {slot: slot.torch if slot.torch in document else slot.name for slot in slots}


def _step(document: Mapping[str, object]) -> int:
    """How many steps were taken; nothing at all means none."""
    step = document.get("step", None if document else 0)
    if step is None:
        raise SpecError("missing_field", "/step", "step is missing: how many steps led to this state.")
    if isinstance(step, bool) or not isinstance(step, int | np.integer):
        raise SpecError("wrong_type", "/step", "step must be a whole number: how many steps led to this state.")
    if not 0 <= step < MOST_STEPS:
        raise SpecError("out_of_range", "/step", f"step must be at least 0 and below {MOST_STEPS}.")
    return int(step)


def _slot(slot: Slot, key: str, parameters: Arrays, document: Mapping[str, object], step: int) -> dict[str, Array]:
    """The arrays of one slot, one for each parameter."""
    given = document.get(key, {})
    if not isinstance(given, Mapping):
        raise SpecError("wrong_type", pointer(key), f"{key} must be an object: one array for each parameter.")
    if not given and not step:
        return _zeros(parameters)
    for name in given:
        if name not in parameters:
            hint = did_you_mean(str(name), parameters)
            raise SpecError("unknown_parameter", pointer(key, name), f"There is no parameter {name}.", hint)
    for name in parameters:
        if name not in given:
            message = f"{key} has no {name}; with step {step} it must have an array for each parameter."
            raise SpecError("missing_parameter", pointer(key, name), message)
    return {name: _array(slot, (key, name), array, given[name]) for name, array in parameters.items()}


def _array(slot: Slot, place: tuple[str, str], parameter: Array, value: object) -> Array:
    """One array of the state, of the parameter's shape and dtype."""
    said = ".".join(place)
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise SpecError("wrong_type", pointer(*place), f"{said} must be an array of numbers, of the parameter's shape.")
    if array.shape != parameter.shape:
        message = f"{said} has shape {array.shape}, and the parameter {place[1]} has shape {parameter.shape}."
        transposed = array.shape == parameter.shape[::-1]
        raise SpecError("wrong_shape", pointer(*place), message, "It looks transposed." if transposed else None)
    with np.errstate(over="ignore"):
        array = np.asarray(array, dtype=parameter.dtype, order="C")
    if not np.isfinite(array).all():
        raise SpecError("not_finite", pointer(*place), f"{said} has an entry that is not a finite number.")
    if slot.is_square and (array < 0).any():
        raise SpecError("out_of_range", pointer(*place), f"{said} has an entry below 0, but it gathers squares.")
    return array
