"""Plain data to values by type annotation, so that a dataclass's fields are its JSON and nothing is said twice.

Read are bool, int, float, str, Literal, None, unions, tuples, names by name, and parts that say how they are read.
"""

from __future__ import annotations

import keyword
import math
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

import numpy as np

from chainruler.networks.errors import SpecError, did_you_mean


@dataclass(frozen=True)
class Within:
    """A number's range, as an annotation: at least `least` (or `above` it), at most `most` (or `below` it)."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def refusal(self, value: float) -> str | None:
        """What a number outside the range should be; None for one inside."""
        rules = (
            (self.least, "at least", ge),
            (self.above, "above", gt),
            (self.most, "at most", le),
            (self.below, "below", lt),
        )
        for bound, words, holds in rules:
            if bound is not None and not holds(value, bound):
                return f"{words} {bound:g}"
        return None


@dataclass(frozen=True)
class IsName:
    """A string that can be a symbol, as an annotation; or one with `.T` behind it, for the transpose."""

    transposable: bool = False

    def refusal(self, value: str) -> str | None:
        """What a string that is no name should be."""
        name = value.removesuffix(TRANSPOSED) if self.transposable else value
        fits = NAME.fullmatch(name) and not keyword.iskeyword(name)
        return None if fits else "names: a letter, then letters, digits and _, at most 40, and no word of Python"


TRANSPOSED = ".T"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
Name = Annotated[str, IsName()]
MOST = 2**53
"""Beyond this, a JSON number no longer counts."""
Count = Annotated[int, Within(least=1, below=MOST)]
Natural = Annotated[int, Within(least=0, below=MOST)]
Positive = Annotated[float, Within(above=0)]
NonNegative = Annotated[float, Within(least=0)]
Fraction01 = Annotated[float, Within(least=0, below=1)]
Size2d = Count | tuple[Count, Count]
"""One number for both axes of an image, or (height, width)."""


class Names(dict[str, str]):
    """Names by name, in a form that can be part of a key; never changed after it is read."""

    value: ClassVar[Any] = Name
    """The annotation that each of them is read by."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    @classmethod
    def read(cls, value: object) -> Self:
        """The names that an object of strings lists."""
        if not isinstance(value, Mapping):
            raise SpecError("wrong_type", "", f"must be an object of names, not {said(value)}.")
        return cls({str(key): _at(str(key), cls.value, name) for key, name in value.items()})


class ParameterNames(Names):
    """Names of parameters by what they are; `W.T` is the transpose of W."""

    value = Annotated[str, IsName(transposable=True)]


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width) from one number for both or from two."""
    return (value, value) if isinstance(value, int) else value


def read(hint: Any, value: object) -> Any:
    """The value as the annotation wants it; a SpecError points from the value."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _within(hint, value)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), value)
    if origin is Literal:
        return _literal(get_args(hint), value)
    if origin is tuple:
        return _tuple(get_args(hint), value)
    return hint.read(value) if hasattr(hint, "read") else _plain(hint, value)


_SAID = {bool: "true or false", int: "a whole number", float: "a number", str: "a string", type(None): "null"}


def _plain(hint: type, value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**1023 else math.inf
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise SpecError("wrong_type", "", f"must be {_SAID[hint]}, not {said(value)}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise SpecError("not_finite", "", "must be a finite number.")
    return value


def said(value: object) -> str:
    """The kind of a value in a user's words; the value itself is never echoed."""
    for kind, words in _SAID.items():
        if isinstance(value, kind):
            return words
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, Sequence) else "an array of numbers"


def _within(hint: Any, value: object) -> object:
    base, *rules = get_args(hint)
    result = read(base, value)
    for rule in rules:
        wanted = rule.refusal(result)
        if wanted is not None:
            code = "bad_name" if isinstance(rule, IsName) else "out_of_range"
            raise SpecError(code, "", f"must be {wanted}.")
    return result


def _one_of(options: Sequence[Any], value: object) -> object:
    """By the kind of the value: a list is read by the option that takes lists, so that errors are about the list."""
    if value is None and type(None) in options:
        return None
    options = [option for option in options if option is not type(None)]
    listed = isinstance(value, list | tuple)
    fitting = [option for option in options if (get_origin(option) is tuple) == listed]
    return read((fitting or options)[0], value)


def _literal(options: Sequence[object], value: object) -> object:
    if value in options and not isinstance(value, bool):
        return value
    listed = " or ".join(f'"{option}"' for option in options)
    hint = did_you_mean(value, map(str, options)) if isinstance(value, str) else None
    raise SpecError("unknown_value", "", f"must be {listed}.", hint)


def _tuple(options: Sequence[Any], value: object) -> tuple[object, ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        raise SpecError("wrong_type", "", f"must be a list, not {said(value)}.")
    if len(options) == 2 and options[1] is Ellipsis:
        options = [options[0]] * len(value)
    if len(options) != len(value):
        raise SpecError("wrong_length", "", f"must be a list of {len(options)}, but has {len(value)}.")
    return tuple(_at(i, option, item) for i, (option, item) in enumerate(zip(options, value, strict=True)))


def _at(key: int | str, hint: Any, value: object) -> Any:
    try:
        return read(hint, value)
    except SpecError as error:
        raise error.below(key) from None
