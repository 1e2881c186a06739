"""The service in this process: its handlers answer, with no server and no network, and read and write the same bytes.

Nothing but this module imports the service, and only clients that are local import this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from chainruler import __version__, wire
from chainruler.calls.limits import Limits
from chainruler.calls.lines import Lines
from chainruler.calls.table import CALLS, LISTINGS, Call
from chainruler.handlers.blas import ONE_THREAD
from chainruler.refusals.documents import KNOWN, MEDIA_TYPE, Problem, problem, problem_of
from chainruler.schemas.reading import read_request
from chainruler_client.encoding import JSON, LINES
from chainruler_client.errors import ServiceFault
from chainruler_client.exchange import Request, Response
from chainruler_client.options import logger

ANSWERED = {call.name: call for call in CALLS}
TOLD = {listing.name: listing.handler for listing in LISTINGS}
OWN_FAULT = "A fault of chainruler, not of the call: {!r}"
LIMITS = Limits()
"""Those that a service has unless it is told others, without that for the bytes of a body: there is no body to send."""
BUDGET, OF_DOCUMENTS = LIMITS.of_computing(), LIMITS.of_documents()


class LocalTransport:
    """Answers requests here."""

    def __init__(self, calls: Mapping[str, Call] = ANSWERED) -> None:
        self._calls = calls

    def send(self, request: Request) -> Response:
        """The response that a service would give; a fault nobody foresaw is raised, with its cause."""
        try:
            with ONE_THREAD:  # as in a service: more of them add up in another order
                media_type, content = self._answered(request)
        except KNOWN as error:
            return _refused(problem_of(error))
        except Exception as error:
            raise ServiceFault(500, {"detail": OWN_FAULT.format(error)}) from error
        return Response(200, {"content-type": media_type}, bytearray(content))

    def close(self) -> None:
        """There is nothing to close."""

    def _answered(self, request: Request) -> tuple[str, bytes]:
        """The answer to a request, as bytes of some media type."""
        if request.body is None:
            return JSON, orjson.dumps(_told(request.call.name, request.call.parts))
        if request.call.lines is not None:
            lines = Lines(BUDGET, OF_DOCUMENTS, _refused_line)
            told = map(lines.answer, request.body.content.split(b"\n"))
            return LINES, b"\n".join(line for line in told if line is not None)
        call = self._calls[request.call.name]
        document = wire.decode(request.body.content, request.body.media_type, OF_DOCUMENTS)
        answer = call.handler(read_request(call.request, document), BUDGET)
        return wire.encode(answer, request.headers["Accept"])


class AsyncLocalTransport:
    """Answers requests in threads."""

    def __init__(self) -> None:
        self._local = LocalTransport()

    async def send(self, request: Request) -> Response:
        """The response that a service would give."""
        return await asyncio.to_thread(self._local.send, request)

    async def close(self) -> None:
        """There is nothing to close."""


def _told(name: str, parts: Mapping[str, str]) -> dict[str, Any]:
    """What is looked up; a service in this process is there as long as somebody asks."""
    states = {"live": "live", "ready": "ready"}
    if name in states:
        return {"status": states[name], "version": __version__}
    return TOLD[name](**parts)


def _refused(problem: Problem) -> Response:
    headers = {name.lower(): value for name, value in problem.headers.items()}
    return Response(problem.status, {"content-type": MEDIA_TYPE, **headers}, problem.body)


def _refused_line(error: Exception) -> bytes:
    """The problem that stands in a line; of what nobody foresaw, with its cause, and the log has its traceback."""
    if isinstance(error, KNOWN):
        return problem_of(error).body
    logger.error("unforeseen error", exc_info=error)
    return problem(500, OWN_FAULT.format(error)).body
