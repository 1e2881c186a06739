"""Whether the process lives, and whether it takes requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from chainruler import __version__

router = APIRouter(prefix="/health", tags=["health"])


class Readiness:
    """Whether this process still takes requests; once it drains, it does so until it ends."""

    def __init__(self) -> None:
        self.draining = False

    def drain(self) -> None:
        """Ask for no more requests: /health/ready answers 503 from now on."""
        self.draining = True


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"
    version: str = __version__


class Ready(BaseModel):
    """Whether to send requests here: not while the process drains before it stops."""

    status: Literal["ready", "draining"]
    version: str = __version__


@router.get("/live", summary="Does the process live?")
async def live() -> Live:
    """Answer 200 for as long as the process can answer at all; restart it when this fails."""
    return Live()


@router.get(
    "/ready",
    summary="Does the process take requests?",
    responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": Ready, "description": "It is about to stop: send none."}},
)
async def ready(request: Request, response: Response) -> Ready:
    """Answer 200 while requests are welcome, and 503 from the moment the process is told to stop."""
    readiness: Readiness = request.app.state.readiness
    if readiness.draining:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Ready(status="draining")
    return Ready(status="ready")


for _path, _answer in (("/live", live), ("/ready", ready)):
    router.add_api_route(_path, _answer, methods=["HEAD"], include_in_schema=False)
