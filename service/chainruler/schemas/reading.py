"""A document read as a request; what does not fit is said in the words and with the pointers of this service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.faults import fault_of, meant, said
from chainruler.schemas.requests import Request

R = TypeVar("R", bound=Request)

ALONE = "A token stands for the whole problem: nothing else stands beside it."
"""The message where a request has both a token and fields of a problem."""


MOST_ERRORS = 10
"""The most faults that a refusal describes; it counts the others."""


class InvalidRequest(ValueError):
    """A request that cannot be read, with what is wrong with it; `more` counts the faults that are not among these."""

    def __init__(self, errors: list[SpecError], more: int = 0) -> None:
        super().__init__(errors[0].message)
        self.errors = errors
        self.more = more


def read_request(kind: type[R], document: object) -> R:
    """The request that a document is."""
    if not isinstance(document, Mapping):
        raise SpecError("wrong_type", "", f"The body must be a JSON object, not {said(document)}.")
    return _validated(kind, kind.model_validate, document)


def read_parameters(kind: type[R], given: Mapping[str, str]) -> R:
    """The request that the parameters of a path and a query are; what it does not know is ignored."""
    return _validated(
        kind, kind.model_validate_strings, {name: given[name] for name in kind.model_fields if name in given}
    )


def words_of(kind: type[Request], error: ValidationError, name: str) -> str:
    """The first thing that is wrong with a part of a request, which has a name, and what to do about it."""
    details = error.errors(include_url=False)[0]
    details["loc"] = (name, *details["loc"])
    told = _in_words(kind, details)
    return told.message if told.hint is None else f"{told.message} {told.hint}"


def _validated(kind: type[R], validate: Callable[[Any], R], document: Mapping[str, Any]) -> R:
    try:
        return validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        told = [_in_words(kind, details) for details in faults[:MOST_ERRORS]]
        raise InvalidRequest(told, more=len(faults) - len(told)) from None


def _in_words(kind: type[Request], details: ErrorDetails) -> SpecError:
    """One error in our words, which for fields of requests tell what the model says of them."""
    place, problem = details["loc"], details["type"]
    where, name = pointer(*place), ".".join(map(str, place))[:80]
    if problem == "extra_forbidden":
        known = _inside(kind, place).model_fields
        hint = ALONE if place[-1] in known else meant(place[-1], known)
        return SpecError("unknown_field", where, f'"{str(place[-1])[:40]}" is not known here.', hint)
    if problem == "missing":
        field = kind.model_fields.get(name)
        return SpecError("missing_field", where, f"{name} is missing.", field and field.description)
    return fault_of(details, name, _members(kind, place) if problem == "model_type" else None)


def _members(kind: type[BaseModel], place: tuple[int | str, ...]) -> str:
    """What the object that belongs to a place may have."""
    return f"Known are {', '.join(sorted(_inside(kind, (*place, '')).model_fields))}."


def _inside(kind: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel]:
    """The model in which a place lies; names of entries and of alternatives on the way lead to no other."""
    for step in place[:-1]:
        if step in kind.model_fields:
            kind = next(_models(kind.model_fields[step].annotation), kind)
    return kind


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
