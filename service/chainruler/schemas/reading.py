"""A document read as a request; what does not fit is said in the words and with the pointers of this service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chainruler.networks.errors import SpecError, did_you_mean, pointer
from chainruler.networks.reading import said
from chainruler.schemas.requests import Request

R = TypeVar("R", bound=Request)

_TYPES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
}
_BOUNDS = {
    "greater_than_equal": ("out_of_range", "must be at least {ge}"),
    "greater_than": ("out_of_range", "must be greater than {gt:g}"),
    "less_than_equal": ("out_of_range", "must be at most {le}"),
    "less_than": ("out_of_range", "must be below {lt}"),
    "too_short": ("wrong_length", "must have at least {least}, but has {actual_length}"),
    "too_long": ("wrong_length", "must have at most {most}, but has more"),
    "string_too_short": ("wrong_length", "must not be empty"),
    "string_too_long": ("wrong_length", "must have at most {max_length} characters"),
}
_OURS = {"conflict", "wrong_type", "ragged_array", "not_finite", "out_of_range"}
"""What our own validators say; their words stand as they are."""


ALONE = "A token stands for the whole problem: nothing else stands beside it."
"""To whoever sends a part of a problem with it, which is known where a problem stands."""


class InvalidRequest(ValueError):
    """A request that cannot be read, with everything that is wrong with it."""

    def __init__(self, errors: list[SpecError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


def read_request(kind: type[R], document: object) -> R:
    """The request that a document is."""
    if not isinstance(document, Mapping):
        raise SpecError("wrong_type", "", f"The body must be a JSON object, not {said(document)}.")
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise InvalidRequest([_told(kind, details) for details in error.errors(include_url=False)[:10]]) from None


def _told(kind: type[Request], details: ErrorDetails) -> SpecError:
    """One error in our words; the value that was sent is never repeated."""
    place, problem, context = details["loc"], details["type"], details.get("ctx", {})
    where, name = pointer(*place), ".".join(map(str, place))[:80]
    if problem == "extra_forbidden":
        known = _inside(kind, place).model_fields
        hint = ALONE if place[-1] in known else _meant(place[-1], known)
        return SpecError("unknown_field", where, f'"{str(place[-1])[:40]}" is not known here.', hint)
    if problem == "missing":
        field = kind.model_fields.get(name)
        return SpecError("missing_field", where, f"{name} is missing.", field and field.description)
    if problem in _TYPES:
        return SpecError("wrong_type", where, f"{name} must be {_TYPES[problem]}, not {said(details['input'])}.")
    if problem in _BOUNDS:
        code, bound = _BOUNDS[problem]
        lengths = {"least": _entries(context.get("min_length")), "most": _entries(context.get("max_length"))}
        return SpecError(code, where, f"{name} {bound.format(**context, **lengths)}.")
    if problem == "literal_error":
        hint = _meant(details["input"], context["expected"].replace("'", "").replace(" or ", ", ").split(", "))
        return SpecError("unknown_value", where, f"{name} must be {context['expected']}.".replace("'", '"'), hint)
    return SpecError(problem if problem in _OURS else "invalid_value", where, f"{name} {details['msg']}.")


def _entries(count: int | None) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


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


def _meant(name: object, known: Iterable[str]) -> str | None:
    return did_you_mean(name, known) if isinstance(name, str) else None
