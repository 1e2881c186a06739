"""The service in this process: its handlers answer, with no server and no network, and read and write the same bytes.

Nothing but this module imports the service, and only clients that are local import this module.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping

from chainruler import __version__
from chainruler.calls.blas import ONE_THREAD
from chainruler.calls.call import Call
from chainruler.calls.limits import RequestLimits
from chainruler.calls.lines import Lines
from chainruler.calls.table import CALLS
from chainruler.calls.task import Pipeline
from chainruler.handlers.context import Context
from chainruler.refusals.documents import KNOWN, MEDIA_TYPE, ProblemResponse, problem, problem_of
from chainruler.schemas.reading import read_parameters
from chainruler_client.encoding import JSON
from chainruler_client.errors import ServiceFault
from chainruler_client.exchange import HttpRequest, Response
from chainruler_client.options import logger

ANSWERED = {call.name: call for call in CALLS}
HEALTH = {"live": b"live", "ready": b"ready"}
"""A service in this process is there as long as somebody asks."""
OWN_FAULT = "A fault of chainruler, not of the call: {!r}"
LIMITS = RequestLimits()
"""Those that a service has unless it is told others, without that for the bytes of a body: there is no body to send."""
BUDGET, OF_DOCUMENTS = LIMITS.of_computing(), LIMITS.of_documents()
MADE_UP = secrets.token_urlsafe(32)
"""The key of tokens where the environment has none: they are good in this process."""


class LocalTransport:
    """Answers requests here."""

    def __init__(self, calls: Mapping[str, Call] = ANSWERED) -> None:
        self._calls = calls

    def send(self, request: HttpRequest) -> Response:
        """The response that a service would give; an unforeseen fault is raised, with its cause."""
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

    def _answered(self, request: HttpRequest) -> tuple[str, bytes]:
        """The answer to a request, as bytes of some media type."""
        if request.call.name in HEALTH:
            return JSON, b'{"status":"%s","version":"%s"}' % (HEALTH[request.call.name], __version__.encode())
        call, body = self._calls[request.call.name], request.body
        sent = {} if body is None else {b"content-type": body.media_type.encode()}
        settled = call.codec.settle({b"accept": request.headers["Accept"].encode(), **sent})
        keys = os.environ.get("CHAINRULER_TOKEN_KEY", MADE_UP).split(",")
        context = Context(BUDGET, [key.strip().encode() for key in keys])
        if call.streams and body is not None:
            lines = Lines(call, context, OF_DOCUMENTS, _refused_line)
            answers = map(lines.answer, body.content.split(b"\n"))
            return settled.media_type, b"\n".join(line for line in answers if line is not None)
        task = Pipeline(call, settled, context, OF_DOCUMENTS)
        asked = read_parameters(call.request, request.call.parts) if body is None else task.read(body.content)
        return settled.media_type, b"".join(task.write(task.run(task.prepared(asked))))


class AsyncLocalTransport:
    """Answers requests in threads."""

    def __init__(self) -> None:
        self._local = LocalTransport()

    async def send(self, request: HttpRequest) -> Response:
        """The response that a service would give."""
        return await asyncio.to_thread(self._local.send, request)

    async def close(self) -> None:
        """There is nothing to close."""


def _refused(problem: ProblemResponse) -> Response:
    headers = {name.lower(): value for name, value in problem.headers.items()}
    return Response(problem.status, {"content-type": MEDIA_TYPE, **headers}, problem.body)


def _refused_line(error: Exception) -> bytes:
    """The problem that stands in a line; of what nobody foresaw, with its cause, and the log has its traceback."""
    if isinstance(error, KNOWN):
        return problem_of(error).body
    logger.error("unforeseen error", exc_info=error)
    return problem(500, OWN_FAULT.format(error)).body
