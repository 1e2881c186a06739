"""Errors as RFC 9457 problems; the only table from error to status.

The renderer is total: it can be given any text and cannot itself fail. It echoes nothing of the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TypedDict

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 10

PHRASES = {int(status): status.phrase for status in HTTPStatus}

# What an error of HTTP itself is told in; a status that is not here is told in its own phrase.
DETAILS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this path. /openapi.json lists all paths, /docs explains them.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This path exists, but not with this method. The header Allow lists its methods.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request is well-formed, but says something that cannot be. See errors.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault of the service, not of the request. "
    "Its log has the traceback under the id in the header X-Request-Id.",
}


class Fault(TypedDict):
    """One thing wrong with a request: `pointer` names the place as RFC 6901 does, `hint` says what to do."""

    code: str
    pointer: str
    message: str
    hint: str | None


def problem(
    status: int, detail: str | None = None, *, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document; its type is `about:blank`, which RFC 9457 gives to what the status alone explains."""
    title = PHRASES.get(status, "Error")
    document: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": _valid(detail or DETAILS.get(status, title)),
    }
    if faults:
        document["errors"] = [
            {key: _valid(value) for key, value in fault.items() if isinstance(value, str)}
            for fault in faults[:MOST_ERRORS]
        ]
    return Response(orjson.dumps(document), status_code=status, headers=headers, media_type=MEDIA_TYPE)


def pointer(location: Iterable[str | int]) -> str:
    """A location as a JSON pointer: ("query", "a/b", 0) is "/query/a~1b/0"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def install(app: FastAPI) -> None:
    """Have every error that leaves a route answered by a problem; what nobody foresaw is `Exchange`'s to answer."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)


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


def _valid(text: str) -> str:
    """The text without what JSON cannot carry: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
