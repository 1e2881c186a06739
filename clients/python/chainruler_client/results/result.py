"""What every result is: fields named as in the answer, arrays as NumPy arrays, and short to look at."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Self, TypeAlias, Union, get_args, get_origin, get_type_hints

from numpy.typing import NDArray

from chainruler_client.encoding import answers
from chainruler_client.results import showing

# Each of these says by what function it is read.
Array: TypeAlias = Annotated[NDArray[Any], answers.array]
Arrays: TypeAlias = Annotated[dict[str, NDArray[Any]], answers.arrays]
Number: TypeAlias = Annotated[float | Any, answers.numbers]
"""A float, or an array with one number a sample where the reduction is "none"; Any, because callers know which."""
State: TypeAlias = Annotated[dict[str, Any], answers.numbers]
"""What an optimiser remembers: numbers, and arrays below them."""
Document: TypeAlias = Annotated[dict[str, Any], answers.document]
"""A problem, as it is posted, with its arrays."""


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """An answer; `request_id` finds it in the log of the service."""

    always: ClassVar[tuple[str, ...]] = ()
    """The members that the answer has even if they are null, where there are such, in its order."""

    request_id: str | None = field(default=None, kw_only=True)

    @classmethod
    def read(cls, document: Mapping[str, Any], dtype: str = "float64", request_id: str | None = None) -> Self:
        """The result that a document is; members that are not known are left out, a TypeError names a missing one.

        JSON does not say which floats an array holds: they are those of `dtype`.
        """
        members = {name: read(document[name], dtype) for name, read in _readers(cls).items() if name in document}
        return cls(**members, request_id=request_id)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain objects and lists with NumPy arrays; what was not answered is left out."""
        members = {name: getattr(self, name) for name in self.always} | self._members()
        return {name: _plain(value) for name, value in members.items()}

    def __repr__(self) -> str:
        return showing.line(type(self).__name__, self._members())

    def _repr_html_(self) -> str:
        return showing.table(type(self).__name__, self._members())

    def _members(self) -> dict[str, Any]:
        """What was answered."""
        return {name: value for name in _readers(type(self)) if (value := getattr(self, name)) is not None}


Reader: TypeAlias = Callable[[Any, str], Any]

_READERS: dict[type[Any], dict[str, Reader]] = {}


def _readers(kind: type[Any]) -> dict[str, Reader]:
    """How each member of an answer is read, by the annotation of its field."""
    if kind not in _READERS:
        hints = get_type_hints(kind, include_extras=True)
        _READERS[kind] = {one.name: _reader(hints[one.name]) for one in fields(kind) if one.name != "request_id"}
    return _READERS[kind]


def _reader(hint: Any) -> Reader:
    if get_origin(hint) is Annotated:
        read: Reader = hint.__metadata__[0]
        return read
    if is_dataclass(hint) and isinstance(hint, type) and issubclass(hint, Result):
        return hint.read
    arguments = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):  # something, or None
        return partial(_read_optional, _reader(arguments[0]))
    if get_origin(hint) is list:
        return partial(_read_list, _reader(arguments[0]))
    if get_origin(hint) is dict:
        return partial(_read_dict, _reader(arguments[1]))
    return _read_as_it_is


def _read_optional(reader: Reader, value: Any, dtype: str) -> Any:
    return None if value is None else reader(value, dtype)


def _read_list(reader: Reader, value: Any, dtype: str) -> Any:
    return [reader(entry, dtype) for entry in value]


def _read_dict(reader: Reader, value: Any, dtype: str) -> Any:
    return {key: reader(entry, dtype) for key, entry in value.items()}


def _read_as_it_is(value: Any, _: str) -> Any:
    return value


def _plain(value: Any) -> Any:
    """The value without results in it."""
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return value
