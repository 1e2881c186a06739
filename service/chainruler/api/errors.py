"""Errors as RFC 9457 problems; the only table from error to status.

The renderer is total: it can be given any text and cannot itself fail. It echoes nothing of the request but names, and
no answer is longer than 8 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypedDict

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from chainruler import wire
from chainruler.api import kinds, refusals
from chainruler.api.kinds import Kind
from chainruler.engine import ExpressionError
from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks import SpecError, TooLarge
from chainruler.schemas.reading import InvalidRequest

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 10
LONGEST = {"code": 64, "pointer": 200, "message": 400, "hint": 200}
MOST_BYTES = 8_000

PHRASES = {int(status): status.phrase for status in HTTPStatus}

KIND_OF: dict[type[Exception], Kind] = {
    wire.Malformed: kinds.MALFORMED,
    wire.Invalid: kinds.INVALID,
    wire.TooLarge: kinds.TOO_LARGE,
    wire.NotAcceptable: kinds.NOT_ACCEPTABLE,
    wire.NonFiniteResult: kinds.NON_FINITE,
    refusals.Unauthorized: kinds.UNAUTHORIZED,
    refusals.Compressed: kinds.COMPRESSED,
    refusals.BodyTooLarge: kinds.TOO_LARGE,
    refusals.BodyTooSlow: kinds.TIMEOUT,
    refusals.Busy: kinds.BUSY,
    refusals.TookTooLong: kinds.TOOK_TOO_LONG,
    TooLarge: kinds.OVER_BUDGET,
    SpecError: kinds.INVALID,
    InvalidRequest: kinds.INVALID,
    NonFiniteResult: kinds.NON_FINITE,
    ExpressionError: kinds.INVALID,
}
KNOWN = tuple(KIND_OF)


class Fault(TypedDict):
    """One thing wrong with a request: `pointer` names the place as RFC 6901 does, `hint` says what to do."""

    code: str
    pointer: str
    message: str
    hint: str | None


def problem(
    kind: Kind | int,
    detail: str | None = None,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; of a status that is no kind of ours, its phrase is all there is to say: `about:blank`."""
    if isinstance(kind, int):
        status, phrase = kind, PHRASES.get(kind, "Error")
        kind = kinds.OF_HTTP.get(status) or Kind("", status, phrase, phrase)
    document: dict[str, Any] = {
        "type": kind.type if kind.name else "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": _cut(detail or kind.detail, LONGEST["message"]),
    }
    body = orjson.dumps(document | _listed(faults, MOST_ERRORS))
    shown = min(len(faults), MOST_ERRORS)
    while len(body) > MOST_BYTES and shown > 1:
        shown -= 1
        body = orjson.dumps(document | _listed(faults, shown))
    return Response(body, status_code=kind.status, headers=headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Response:
    """The problem that a known error is; a TypeError for one that the table does not have."""
    kind = next((KIND_OF[cls] for cls in type(error).__mro__ if cls in KIND_OF), None)
    if kind is None:
        raise TypeError(f"There is no kind of problem for {type(error).__name__}.")
    told = [fault_of(one) for one in getattr(error, "errors", (error,))]
    return problem(kind, told[0]["message"], faults=told, headers=getattr(error, "headers", None))


def pointer(location: Iterable[str | int]) -> str:
    """A location as a JSON pointer: ("query", "a/b", 0) is "/query/a~1b/0"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def install(app: FastAPI) -> None:
    """Have every error that leaves a route answered by a problem; what nobody foresaw is `Exchange`'s to answer."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    for known in KNOWN:
        app.add_exception_handler(known, _known_error)


def _known_error(_request: Request, error: Exception) -> Response:
    return problem_of(error)


def _http_error(_request: Request, error: Exception) -> Response:
    """The problem of an error that knows its status: an unknown path, a method that a path has not."""
    assert isinstance(error, HTTPException)  # noqa: S101  (the table in `install` says so, its type cannot)
    detail = None if error.detail == PHRASES.get(error.status_code) else error.detail
    return problem(error.status_code, detail, headers=error.headers)


def _invalid_request(_request: Request, error: Exception) -> Response:
    """The problem of a request whose parameters do not fit; FastAPI's own would send the whole input back."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  (as above)
    faults = [
        Fault(code=found["type"], pointer=pointer(found["loc"]), message=found["msg"], hint=None)
        for found in error.errors()
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, faults=faults)


def fault_of(error: Exception) -> Fault:
    """What an error says; one of the engine has no code and no place, only words."""
    return Fault(
        code=getattr(error, "code", "impossible_expression"),
        pointer=getattr(error, "pointer", ""),
        message=getattr(error, "message", str(error)),
        hint=getattr(error, "hint", None),
    )


def _listed(faults: Sequence[Fault], most: int) -> dict[str, Any]:
    """The first faults, and how many more there are."""
    if not faults:
        return {}
    shown = [
        {key: _cut(value, LONGEST[key]) for key, value in fault.items() if isinstance(value, str)}
        for fault in faults[:most]
    ]
    return {"errors": shown} | ({"more": len(faults) - most} if len(faults) > most else {})


def _cut(text: str, most: int) -> str:
    """The text, not longer than this, without what JSON cannot carry: a lone surrogate becomes a question mark."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.encode("utf-8", "replace").decode()
