"""The µEd API, version 0.1.0: POST /evaluate, and GET /evaluate/health."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from fastapi import APIRouter, Request, Response

from chainruler.api.foreign import Foreign, Headers, Refused, Reply, Task
from chainruler.handlers import mued
from chainruler.refusals.documents import problem_of
from chainruler.schemas.mued import VERSION, EvaluateRequest, HealthResponse

VERSION_HEADER = "X-Api-Version"
STATUSES = {401: 403, 408: 400, 413: 400, 415: 400, 422: 400}
"""The statuses that the interface has for ours, where they differ."""
CODES = {401: "FORBIDDEN", 503: "SERVICE_UNAVAILABLE"}

router = APIRouter(tags=["other interfaces"])


class MuEd(Foreign):
    """Feedback on a submission, as a list."""

    path: ClassVar[str] = "/evaluate"

    def task(self, headers: Headers) -> Task:
        reply = version_refused(headers)
        if reply is not None:
            raise Refused(reply)
        return Task(EvaluateRequest, mued.evaluate)

    def refusal(self, error: Exception) -> Reply:
        """Title, message, code and details; the faults are listed in the details."""
        status, body, headers = problem_of(error)
        problem: dict[str, Any] = orjson.loads(body)
        document = {
            "title": problem["title"],
            "message": problem["detail"],
            "code": CODES.get(status, "VALIDATION_ERROR"),
            "details": {"errors": problem.get("errors", [])},
        }
        return Reply(STATUSES.get(status, status), document, headers)

    def stamps(self) -> Headers:
        return {VERSION_HEADER: VERSION}


def version_refused(headers: Headers) -> Reply | None:
    """The refusal of a version that this service does not speak."""
    wanted = headers.get(VERSION_HEADER.lower(), VERSION)
    if wanted == VERSION:
        return None
    document = {
        "title": "API version not supported",
        "message": f"This service speaks version {VERSION} of the interface.",
        "code": "VERSION_NOT_SUPPORTED",
        "details": {"requestedVersion": wanted[:40], "supportedVersions": [VERSION]},
    }
    return Reply(406, document)


@router.get(
    "/evaluate/health",
    operation_id="mued_health",
    summary="µEd: does it work, and what can it do?",
    response_model=HealthResponse,
    responses={406: {"description": "The version of the interface is not supported."}},
)
async def health(request: Request) -> Response:
    """Capabilities in the words of the µEd API 0.1.0."""
    reply = version_refused(request.headers)
    if reply is None:
        reply = Reply(200, mued.health(open_to_all=not request.app.state.keys))
    content = orjson.dumps(reply.document)
    return Response(content, reply.status, {VERSION_HEADER: VERSION}, media_type="application/json")
