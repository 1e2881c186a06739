"""Signatures as people and notebooks see them: members of a TypedDict as the keyword arguments that they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar, get_args, get_type_hints

F = TypeVar("F", bound=Callable[..., Any])


def as_method(function: F, describe: Callable[..., Any]) -> F:
    """The function, signed like `describe` with `self` in front."""
    own = Parameter("self", Parameter.POSITIONAL_ONLY)
    function.__dict__["__signature__"] = Signature([own, *arguments(describe)])
    return function


@cache
def arguments(describe: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a function, with those of its `**parts: Unpack[…]` one by one."""
    told: list[Parameter] = []
    for parameter in signature(describe).parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            (members,) = get_args(get_type_hints(describe)[parameter.name])
            told += (
                Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=hint)
                for name, hint in members.__annotations__.items()
            )
        else:
            told.append(parameter)
    return tuple(told)
