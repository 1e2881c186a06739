"""The µEd API, version 0.1.0: POST /evaluate, and GET /evaluate/health."""

from __future__ import annotations

from typing import Any

import orjson

from chainruler import wire
from chainruler.calls.call import Call
from chainruler.calls.codecs import PLAIN, Codec, Format, Headers
from chainruler.calls.examples import MUED
from chainruler.faces.mued.feedback import evaluate, health
from chainruler.refusals.documents import ProblemResponse
from chainruler.refusals.styles import RefusalStyle
from chainruler.schemas.mued import VERSION, ErrorResponse, EvaluateRequest, Feedback, HealthResponse
from chainruler.schemas.requests import Request

TAG = "other interfaces"
SPOKEN = {"X-Api-Version": VERSION}
WANTED = {
    "X-Api-Version": {
        "description": "The version that is wanted.",
        "schema": {"type": "string", "default": VERSION},
    }
}
CODES = {401: "FORBIDDEN", 403: "FORBIDDEN", 429: "SERVICE_UNAVAILABLE", 503: "SERVICE_UNAVAILABLE"}


class VersionNotSupported(wire.NotAcceptable):
    """A version of the interface that this service does not speak."""

    def __init__(self, wanted: str) -> None:
        super().__init__("not_acceptable", "", f"This service speaks version {VERSION} of the interface.")
        self.wanted = wanted


def _settle(headers: Headers) -> Format:
    """JSON, and the version that is spoken."""
    wanted = headers.get(b"x-api-version", b"").decode("latin-1") or VERSION
    if wanted != VERSION:
        raise VersionNotSupported(wanted)
    return PLAIN.settle(headers)._replace(headers=SPOKEN)


def _write(problem: ProblemResponse, error: Exception) -> bytes:
    """Title, message, code and details; the faults are listed in the details."""
    told: dict[str, Any] = orjson.loads(problem.body)
    document = {
        "title": told["title"],
        "message": told["detail"],
        "code": CODES.get(problem.status, "VALIDATION_ERROR"),
        "details": {"errors": told.get("errors", [])},
    }
    if isinstance(error, VersionNotSupported):
        document["title"], document["code"] = "API version not supported", "VERSION_NOT_SUPPORTED"
        document["details"] = {"requestedVersion": error.wanted[:40], "supportedVersions": [VERSION]}
    return orjson.dumps(document)


VERSIONED = Codec(PLAIN.takes, PLAIN.gives, _settle)
REFUSALS = RefusalStyle(
    media_type="application/json",
    write=_write,
    model=ErrorResponse,
    statuses={401: 403, 408: 400, 413: 400, 415: 400, 422: 400},
    headers=SPOKEN,
)

CALLS = (
    Call(
        name="mued_evaluate",
        template="/evaluate",
        summary="µEd: feedback on a submission",
        request=EvaluateRequest,
        handler=evaluate,
        answer=list[Feedback],
        examples=MUED,
        codec=VERSIONED,
        refusals=REFUSALS,
        tag=TAG,
        header_parameters=WANTED,
    ),
    Call(
        name="mued_health",
        method="GET",
        template="/evaluate/health",
        summary="µEd: does it work, and what can it do?",
        request=Request,
        handler=health,
        answer=HealthResponse,
        codec=VERSIONED,
        refusals=REFUSALS,
        open=True,
        operations=0,
        tag=TAG,
        header_parameters=WANTED,
    ),
)
