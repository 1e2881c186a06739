"""Pydantic's errors in the words of this service, with its codes and pointers: the only such table.

The validator knows the subject of the sentence, and words two errors itself, which concern all fields: one that is
missing, and one that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic_core import ErrorDetails

from chainruler.networks.errors import SpecError, did_you_mean, pointer

_TYPES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "float_type": "a number",
}
_PARSED = {"int_parsing": "a whole number", "float_parsing": "a number", "bool_parsing": "true or false"}
"""What a text in a path or a query must be; in a body none is parsed."""
_BOUNDS = {
    "greater_than_equal": ("out_of_range", "must be at least {ge}"),
    "greater_than": ("out_of_range", "must be above {gt}"),
    "less_than_equal": ("out_of_range", "must be at most {le}"),
    "less_than": ("out_of_range", "must be below {lt}"),
    "finite_number": ("not_finite", "must be a finite number"),
    "too_short": ("wrong_length", "must have at least {least}, but has {actual_length}"),
    "too_long": ("wrong_length", "must have at most {most}, but has more"),
    "string_too_short": ("wrong_length", "must not be empty"),
    "string_too_long": ("wrong_length", "must have at most {max_length} characters"),
    "string_pattern_mismatch": ("bad_name", "must be a small letter, then small letters, digits and _"),
}
_OURS = {"bad_name", "conflict", "wrong_type", "wrong_length", "ragged_array", "not_finite", "out_of_range"}
"""What our own validators report; their words stand as they are."""
_SAID = {bool: "true or false", int: "a whole number", float: "a number", str: "a string", type(None): "null"}


def fault_of(details: ErrorDetails, subject: str, hint: str | None = None) -> SpecError:
    """One error in our words: what the subject must be; the value that was sent is never repeated."""
    problem, context, value = details["type"], details.get("ctx", {}), details["input"]
    where = pointer(*details["loc"])
    if problem == "float_type" and isinstance(value, int) and not isinstance(value, bool):
        problem = "finite_number"  # a whole number that no float reaches
    inner = context.get("error")
    if isinstance(inner, SpecError):  # of a part in a field, which has read itself
        return inner.below(*details["loc"])
    if problem in _TYPES:
        return SpecError("wrong_type", where, f"{subject} must be {_TYPES[problem]}, not {said(value)}.", hint)
    if problem in _BOUNDS:
        code, bound = _BOUNDS[problem]
        lengths = {"least": _entries(context.get("min_length")), "most": _entries(context.get("max_length"))}
        numbers = {key: f"{told:.15g}" if isinstance(told, float) else told for key, told in context.items()}
        return SpecError(code, where, f"{subject} {bound.format(**numbers, **lengths)}.")
    if problem == "literal_error":
        words = re.findall("'([^']+)'", context["expected"])
        message = f"{subject} must be {context['expected']}.".replace("'", '"')
        return SpecError("unknown_value", where, message, meant(value, words) if words else None)
    code = "wrong_type" if problem in _PARSED else problem if problem in _OURS else "invalid_value"
    told = f"must be {_PARSED[problem]}" if problem in _PARSED else details["msg"]
    return SpecError(code, where, f"{subject} {told}.")


def said(value: object) -> str:
    """The kind of a value in a user's words; the value itself is never echoed."""
    for kind, words in _SAID.items():
        if isinstance(value, kind):
            return words
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, Sequence) else "an array of numbers"


def meant(name: object, known: Iterable[str]) -> str | None:
    """The hint for what was sent in place of one of these names, if it was a text."""
    return did_you_mean(name, known) if isinstance(name, str) else None


def _entries(count: int | None) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
