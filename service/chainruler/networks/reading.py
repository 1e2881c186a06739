"""The annotations that Pydantic validates the fields of parts by, so that a dataclass's fields are its JSON."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin

import numpy as np
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""Nothing is converted silently: true is no number, "3" is none, and 3.0 is not whole."""
TRANSPOSED = ".T"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def _name(value: str) -> str:
    """Refuses what cannot be a symbol."""
    if not NAME.fullmatch(value) or keyword.iskeyword(value):
        words = "must be a name: a letter, then letters, digits and _, at most 40, and no word of Python"
        raise PydanticCustomError("bad_name", words)
    return value


def _transposable(value: str) -> str:
    """Refuses what cannot be a symbol, with `.T` behind it or without."""
    _name(value.removesuffix(TRANSPOSED))
    return value


class OneForm:
    """Marks a union of a number and a list, or of a number and a part: the form of a value picks the option.

    Pydantic's own unions try every option, and report what each finds wrong.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        plain, special = sorted(get_args(source), key=lambda option: _form(option) is not None)
        form = _form(special)
        read = TypeAdapter(special, config=STRICT).validate_python if form is tuple else special.read
        return core_schema.no_info_wrap_validator_function(
            lambda value, read_plain: read(value) if isinstance(value, form) else read_plain(value),
            handler.generate_schema(plain),
            json_schema_input_schema=handler(source),
        )


def _form(option: Any) -> Any:
    """The types of the values that pick an option for lists or for parts; None for other options."""
    base = get_args(option)[0] if get_origin(option) is Annotated else option
    return tuple if get_origin(base) is tuple else (Mapping, base) if hasattr(base, "read") else None


def _two(value: object) -> object:
    """Refuses a list of any other length."""
    if isinstance(value, tuple) and len(value) != 2:
        raise PydanticCustomError("wrong_length", "must be a list of 2, but has {count}", {"count": len(value)})
    return value


T = TypeVar("T")
Name = Annotated[str, AfterValidator(_name)]
MOST = 2**53
"""Beyond this, a JSON number no longer counts."""
Count = Annotated[int, Field(ge=1, lt=MOST)]
Natural = Annotated[int, Field(ge=0, lt=MOST)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction01 = Annotated[float, Field(ge=0, lt=1)]
Many = Annotated[tuple[T, ...], Field(fail_fast=True)]
Pair = Annotated[tuple[T, T], BeforeValidator(_two)]
Size2d = Annotated[Count | Pair[Count], OneForm]
"""One number for both axes of an image, or (height, width)."""


class Names(dict[str, str]):
    """Names by name, in a form that can be part of a key; never changed after it is read."""

    value: ClassVar[Any] = Name
    """The annotation that each of them is read by."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read as an object of strings."""
        names = core_schema.dict_schema(core_schema.str_schema(), handler.generate_schema(cls.value), strict=False)
        return core_schema.no_info_after_validator_function(cls, names)


class ParameterNames(Names):
    """Names of parameters by what they are; `W.T` is the transpose of W."""

    value = Annotated[str, AfterValidator(_transposable)]


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width) from one number for both or from two."""
    return (value, value) if isinstance(value, int) else value


def native(value: object) -> object:
    """A value as the strict reader knows it: NumPy's numbers as Python's, and any list as a tuple."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return tuple(map(native, value)) if isinstance(value, list | tuple) else value
