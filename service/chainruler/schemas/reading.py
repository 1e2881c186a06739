"""A document read as a request; what does not fit is said in the words and with the pointers of this service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chainruler.networks.errors import SpecError, did_you_mean, pointer
from chainruler.networks.reading import said
from chainruler.schemas.requests import Request

R = TypeVar("R", bound=Request)

_WORDS = {
    "missing": ("missing_field", "is missing."),
    "string_type": ("wrong_type", "must be a string"),
    "int_type": ("wrong_type", "must be a whole number"),
    "float_type": ("wrong_type", "must be a number"),
    "bool_type": ("wrong_type", "must be true or false"),
    "list_type": ("wrong_type", "must be a list"),
    "dict_type": ("wrong_type", "must be an object"),
}


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
    place = details["loc"]
    where, name = pointer(*place), ".".join(map(str, place))[:80]
    if details["type"] == "extra_forbidden":
        hint = did_you_mean(str(place[-1]), kind.model_fields) if len(place) == 1 else None
        return SpecError("unknown_field", where, f'"{str(place[-1])[:40]}" is not a field of this request.', hint)
    if details["type"] in _WORDS:
        code, words = _WORDS[details["type"]]
        found = "" if code == "missing_field" else f", not {said(_input(details))}."
        return SpecError(code, where, f"{name} {words}{found}")
    if details["type"] in {"wrong_type", "ragged_array", "not_finite"}:
        return SpecError(details["type"], where, f"{name} {details['msg']}.")
    if details["type"] == "literal_error":
        return SpecError("unknown_value", where, f"{name} must be {details['ctx']['expected']}.".replace("'", '"'))
    return SpecError("invalid_value", where, f"{name}: {details['msg']}.")


def _input(details: ErrorDetails) -> Any:
    return details["input"]
