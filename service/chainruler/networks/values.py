"""The numbers for a network's variables: what was sent, checked, and what its parts supply."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainruler.engine import show_shape
from chainruler.networks.blueprint import BATCH, Input
from chainruler.networks.cost import Budget, refuse_over
from chainruler.networks.errors import SpecError, did_you_mean, pointer
from chainruler.networks.network import Network, network_of
from chainruler.networks.problem import Problem
from chainruler.networks.shapes import shape_of, shapes_of
from chainruler.networks.streams import stream_of

Array = NDArray[np.generic]
NONE: Mapping[str, ArrayLike] = MappingProxyType({})


class Values(NamedTuple):
    """An array for every variable by its symbol, and those that were drawn, by what reproduces them."""

    arrays: dict[str, Array]
    drawn: dict[str, Array]


def prepared(
    problem: Problem,
    parameters: Mapping[str, ArrayLike],
    data: Mapping[str, ArrayLike],
    budget: Budget | None = None,
    statistics: Mapping[str, ArrayLike] = NONE,
) -> tuple[Network, Values]:
    """The network for what was sent, and its numbers; what is refused is refused in sizes as they were sent."""
    shapes = shapes_of(problem, parameters, data)
    batch = 0 if shapes.x is None else shape_of(data["x"])[shapes.x.index(BATCH)]
    try:
        network = network_of(problem, shapes)
        if budget is not None:
            refuse_over(budget, network, batch)
        return network, values_of(problem, network, parameters, data, statistics)
    except SpecError as error:
        raise error.with_batch(batch) from None


def values_of(
    problem: Problem,
    network: Network,
    parameters: Mapping[str, ArrayLike],
    data: Mapping[str, ArrayLike],
    statistics: Mapping[str, ArrayLike] = NONE,
    constants: dict[str, Array] | None = None,
) -> Values:
    """The arrays that the network's programs take; `constants` keeps the numbers of the problem itself, such as λ."""
    _check_known(network, "data", data)
    _check_known(network, "statistics", statistics)
    arrays = {name: np.asarray(parameters[name]) for name in network.parameters if name in parameters}
    batch = _batch_size(network, data)
    if batch == 1 and network.refusal_of_one is not None:
        raise network.refusal_of_one()
    for key, wanted in network.inputs.items():
        sent = data.get(key) if wanted.sent == "data" else statistics.get(key)
        if sent is not None:
            arrays[wanted.symbol] = _checked(np.asarray(sent), wanted, batch)
        elif constants is not None and key in constants:
            arrays[wanted.symbol] = constants[key]
        elif not wanted.drawn:
            array = arrays[wanted.symbol] = _supplied(problem, wanted, batch, 0)
            if constants is not None and not array.ndim:
                array.setflags(write=False)
                constants[key] = array
    first = drawn_at(0, problem, network, data) if network.draws else Values({}, {})
    arrays.update(first.arrays)
    return Values(arrays, first.drawn)


def _check_known(network: Network, member: Literal["data", "statistics"], sent: Mapping[str, ArrayLike]) -> None:
    """Refuses arrays under names that the network does not ask for, or asks for in another member."""
    for key in sent:
        wanted = network.inputs.get(key)
        if wanted is None or wanted.private or wanted.sent != member:
            known = [name for name, known in network.inputs.items() if not known.private and known.sent == member]
            elsewhere = wanted is not None and not wanted.private
            hint = f'Send it under "{wanted.sent}".' if elsewhere and wanted else did_you_mean(key, known)
            raise SpecError(
                "unknown_field", pointer(member, key), f'"{key[:40]}" is not among the {member} of this problem.', hint
            )


def drawn_at(step: int, problem: Problem, network: Network, data: Mapping[str, ArrayLike]) -> Values:
    """The arrays that are drawn for the step that follows `step` others, because they were not sent."""
    arrays, drawn = {}, {}
    for key, wanted in network.inputs.items():
        if wanted.drawn and key not in data:
            array = _supplied(problem, wanted, _batch_size(network, data), step)
            arrays[wanted.symbol] = array
            drawn[wanted.role if wanted.private else key] = array
    return Values(arrays, drawn)


def _batch_size(network: Network, data: Mapping[str, ArrayLike]) -> int | None:
    """How many samples were sent."""
    for key, array in data.items():
        shape = network.inputs[key].variable.shape
        sent = np.shape(array)
        if BATCH in shape and len(sent) == len(shape):
            return int(sent[shape.index(BATCH)])
    return None


def _supplied(problem: Problem, wanted: Input, batch: int | None, step: int) -> Array:
    """The array as the part that asked for it supplies it in a step."""
    if not wanted.owner:
        name = f"{wanted.sent}.{wanted.key}"
        message = f"{name} is missing: {wanted.meaning}, with shape {show_shape(wanted.variable.shape)}."
        hint = 'Training answers it under "statistics".' if wanted.sent == "statistics" else None
        raise SpecError("missing_data", pointer(wanted.sent, wanted.key), message, hint)
    shape = tuple(_known(dim, batch) for dim in wanted.variable.shape)
    array = problem.at(wanted.owner).default_value(wanted.role, shape, wanted.limit or 0, stream_of(wanted.owner, step))
    _check_indices(array, wanted)
    return array


def _known(dim: int | str, batch: int | None) -> int:
    if isinstance(dim, int):
        return dim
    if batch is None:
        raise SpecError("missing_data", "/data/x", "data.x is missing: the samples.")
    return batch


def _checked(array: Array, wanted: Input, batch: int | None) -> Array:
    shape = tuple([batch or dim if dim == BATCH else dim for dim in wanted.variable.shape])
    if array.shape != shape:
        name = f"{wanted.sent}.{wanted.key}"
        message = f"{name} has shape {show_shape(array.shape)}, but {wanted.meaning} must be {show_shape(shape)}."
        raise SpecError("wrong_shape", pointer(wanted.sent, wanted.key), message)
    if wanted.variable.kind == "index":
        array = _whole(array, wanted)
        _check_indices(array, wanted)
    if wanted.entries != "real":
        _check_entries(array, wanted)
    if wanted.sums_to_one_along is not None:
        _check_row_sums(array, wanted, wanted.sums_to_one_along)
    return array


def _rounding(array: Array) -> float:
    """How far a number may be from what it should be."""
    return 1e-9 if array.dtype.itemsize == 8 else 1e-5


def _check_entries(array: Array, wanted: Input) -> None:
    """Refuses targets that are no probabilities or no classes, and negative variances: nothing follows from them."""
    hint = None
    if wanted.entries == "variances":
        code, rule = "negative_variance", "A variance is at least 0."
        far = np.less(array, 0)
    elif wanted.entries == "probabilities":
        code, rule = "not_probabilities", "Targets are probabilities here: from 0 to 1."
        hint = "If your labels are -1 and 1, send (y + 1) / 2." if array.min() == -1 else None
        far = np.abs(np.subtract(array, 0.5)) > 0.5 + _rounding(array)
    else:
        code, rule = "not_one_hot", "Rows of targets are one-hot here: 1 at the class, 0 elsewhere."
        hint = "Send the class of each sample, as in [0, 2, 1]."
        far = (array != 0) & (array != 1)
    if far.any():
        place = [int(i) for i in np.unravel_index(np.argmax(far), array.shape)]
        message = f"{wanted.key}[{', '.join(map(str, place))}] is {array[tuple(place)]:g}. {rule}"
        raise SpecError(code, pointer(wanted.sent, wanted.key, *place), message, hint)


def _check_row_sums(array: Array, wanted: Input, axis: int) -> None:
    """Refuses targets that do not sum to 1: the gradient softmax(Z) − Y holds for no others."""
    sums = array.sum(axis=axis, dtype=np.float64)
    far = np.abs(sums - 1) > _rounding(array)
    if far.any():
        first = int(np.argmax(far.ravel()))
        message = f"{wanted.key}[{first}] sums to {sums.ravel()[first]:g}. One-hot and soft targets must sum to 1."
        raise SpecError("not_probabilities", pointer("data", wanted.key, first), message)


def _whole(array: Array, wanted: Input) -> Array:
    """The array as whole numbers; numbers that are whole but typed as real are taken for what they are."""
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "f" and (np.abs(array) < 2**53).all() and (array == np.floor(array)).all():
        return array.astype(np.intp)
    raise SpecError("not_whole", pointer("data", wanted.key), f"{wanted.key} must be whole numbers: {wanted.meaning}.")


def _check_indices(array: Array, wanted: Input) -> None:
    if wanted.variable.kind != "index" or wanted.limit is None or not array.size:
        return
    if array.dtype == np.intp and np.maximum.reduce(array.view(np.uintp), None) < wanted.limit:
        return  # one look for both ends: what is below 0 is enormous without its sign
    low, high = int(array.min()), int(array.max())
    if low >= 0 and high < wanted.limit:
        return
    outside = low if low < 0 else high
    where = pointer("data", wanted.key) if not wanted.private else pointer(*wanted.owner, wanted.role)
    if wanted.key == "x":
        message = f"x contains the index {outside}, but the table has {wanted.limit} rows: 0 to {wanted.limit - 1}."
        raise SpecError("index_out_of_range", where, message)
    classes = ", ".join(map(str, range(wanted.limit))) if wanted.limit <= 5 else f"0 to {wanted.limit - 1}"
    name = wanted.role if wanted.private else wanted.key
    message = (
        f"{name} contains the class {outside}, but the last layer has {wanted.limit} outputs: classes are {classes}."
    )
    raise SpecError("class_out_of_range", where, message, "If your labels start at 1, subtract 1." if low > 0 else None)
