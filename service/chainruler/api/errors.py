"""Problems as answers of FastAPI: whatever is wrong, a problem document says so."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from chainruler.networks.errors import pointer
from chainruler.refusals.documents import KNOWN, MEDIA_TYPE, PHRASES, Fault, ProblemResponse, problem, problem_of


def answered(refusal: ProblemResponse) -> Response:
    """The problem as an answer."""
    return Response(refusal.body, status_code=refusal.status, headers=dict(refusal.headers), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error that leaves a route answered by a problem; what nobody foresaw is `Exchange`'s to answer."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    for known in KNOWN:
        app.add_exception_handler(known, _known_error)


def _known_error(_request: Request, error: Exception) -> Response:
    return answered(problem_of(error))


def _http_error(_request: Request, error: Exception) -> Response:
    """The problem of an error that knows its status: an unknown path, a method that a path has not."""
    assert isinstance(error, HTTPException)  # noqa: S101  (the table in `install` says so, its type cannot)
    detail = None if error.detail == PHRASES.get(error.status_code) else error.detail
    return answered(problem(error.status_code, detail, headers=error.headers))


def _invalid_request(_request: Request, error: Exception) -> Response:
    """The problem of a request whose parameters do not fit; FastAPI's own would send the whole input back."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  (as above)
    faults = [
        Fault(code=found["type"], pointer=pointer(*found["loc"]), message=found["msg"], hint=None)
        for found in error.errors()
    ]
    return answered(problem(HTTPStatus.UNPROCESSABLE_ENTITY, faults=faults))
