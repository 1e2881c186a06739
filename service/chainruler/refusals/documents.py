"""Errors as RFC 9457 problems; the only table from error to status.

The renderer is total: it can be given any text and cannot itself fail. It echoes nothing of the request but names, and
no problem is longer than 8 kB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, TypedDict

import orjson

from chainruler import wire
from chainruler.engine import ExpressionError
from chainruler.handlers.errors import NonFiniteResult, NotFound, NotRevealed
from chainruler.memory import NeverFits
from chainruler.networks import SpecError, TooLarge
from chainruler.refusals import kinds, transport
from chainruler.refusals.kinds import Kind
from chainruler.schemas.reading import InvalidRequest

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 10
LONGEST = {"code": 64, "pointer": 200, "message": 400, "hint": 200}
MOST_BYTES = 8_000

PHRASES = {int(status): status.phrase for status in HTTPStatus}

KIND_OF: dict[type[Exception], Kind] = {
    wire.Malformed: kinds.MALFORMED,
    wire.Invalid: kinds.INVALID,
    wire.DocumentTooLarge: kinds.TOO_LARGE,
    wire.NotAcceptable: kinds.NOT_ACCEPTABLE,
    wire.NonFiniteAnswer: kinds.NON_FINITE,
    transport.NotHttp: kinds.NOT_HTTP,
    transport.HeadersTooLarge: kinds.HEADERS_TOO_LARGE,
    transport.HeadersTooSlow: kinds.TIMEOUT,
    transport.Unauthorized: kinds.UNAUTHORIZED,
    transport.NotAllowed: kinds.FORBIDDEN,
    transport.TooManyRequests: kinds.TOO_MANY_REQUESTS,
    transport.Compressed: kinds.COMPRESSED,
    transport.BodyTooLarge: kinds.TOO_LARGE,
    transport.BodyTooSlow: kinds.TIMEOUT,
    transport.Busy: kinds.BUSY,
    transport.TookTooLong: kinds.TOOK_TOO_LONG,
    NotFound: kinds.NOT_FOUND,
    NotRevealed: kinds.FORBIDDEN,
    TooLarge: kinds.OVER_BUDGET,
    NeverFits: kinds.OVER_BUDGET,
    SpecError: kinds.INVALID,
    InvalidRequest: kinds.INVALID,
    NonFiniteResult: kinds.NON_FINITE,
    ExpressionError: kinds.INVALID,
    MemoryError: kinds.BUSY,
}
KNOWN = tuple(KIND_OF)


class Fault(TypedDict):
    """One thing wrong with a request: `pointer` names the place as RFC 6901 does, `hint` says what to do."""

    code: str
    pointer: str
    message: str
    hint: str | None


class ProblemResponse(NamedTuple):
    """A refusal as it is answered: its status, its document, and what belongs into the headers."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def problem(
    kind: Kind | int,
    detail: str | None = None,
    *,
    faults: Sequence[Fault] = (),
    more: int = 0,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """A problem document; of a status that is no kind of ours, its phrase is all there is to say: `about:blank`.

    `more` counts the faults that are not among those given.
    """
    if isinstance(kind, int):
        status, phrase = kind, PHRASES.get(kind, "Error")
        kind = kinds.OF_HTTP.get(status) or Kind("", status, phrase, phrase)
    document: dict[str, Any] = {
        "type": kind.type if kind.name else "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": _cut(detail or kind.detail, LONGEST["message"]),
    }
    body = orjson.dumps(document | _listed(faults, MOST_ERRORS, more))
    shown = min(len(faults), MOST_ERRORS)
    while len(body) > MOST_BYTES and shown > 1:
        shown -= 1
        body = orjson.dumps(document | _listed(faults, shown, more))
    return ProblemResponse(kind.status, body, headers or {})


def problem_of(error: Exception) -> ProblemResponse:
    """The problem that a known error is; a TypeError for one that the table does not have."""
    if isinstance(error, MemoryError):  # its words are the allocator's, and the request may fit when others are gone
        error = transport.Busy("There is no memory for this request now")
    kind = next((KIND_OF[cls] for cls in type(error).__mro__ if cls in KIND_OF), None)
    if kind is None:
        raise TypeError(f"There is no kind of problem for {type(error).__name__}.")
    told = [_fault_of(one) for one in getattr(error, "errors", (error,))]
    more, headers = getattr(error, "more", 0), getattr(error, "headers", None)
    return problem(kind, told[0]["message"], faults=told, more=more, headers=headers)


def _fault_of(error: Exception) -> Fault:
    """What an error says; one of the engine has no code and no place, only words."""
    return Fault(
        code=getattr(error, "code", "impossible_expression"),
        pointer=getattr(error, "pointer", ""),
        message=getattr(error, "message", str(error)),
        hint=getattr(error, "hint", None),
    )


def _listed(faults: Sequence[Fault], most: int, more: int) -> dict[str, Any]:
    """The first faults, and how many there are besides: those that are left out, and `more`."""
    if not faults:
        return {}
    shown = [
        {key: _cut(value, LONGEST[key]) for key, value in fault.items() if isinstance(value, str)}
        for fault in faults[:most]
    ]
    more += len(faults) - len(shown)
    return {"errors": shown} | ({"more": more} if more else {})


def _cut(text: str, most: int) -> str:
    """The text, not longer than this, without what JSON cannot carry: a lone surrogate becomes a question mark."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.encode("utf-8", "replace").decode()
