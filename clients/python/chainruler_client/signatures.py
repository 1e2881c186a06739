"""Signatures as people and notebooks see them: members of a TypedDict as the keyword arguments that they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar, get_args, get_type_hints

F = TypeVar("F", bound=Callable[..., Any])


def as_method(function: F, describe: Callable[..., Any]) -> F:
    """The function, signed like `describe` with `self` in front."""
    own = Parameter("self", Parameter.POSITIONAL_ONLY)
    function.__dict__["__signature__"] = Signature([own, *arguments(describe)])
    return function


def arguments(describe: Callable[..., Any]) -> Iterator[Parameter]:
    """The parameters of a function, with those of its `**parts: Unpack[…]` one by one."""
    for parameter in signature(describe).parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            (members,) = get_args(get_type_hints(describe)[parameter.name])
            for name, hint in members.__annotations__.items():
                yield Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=hint)
        else:
            yield parameter
