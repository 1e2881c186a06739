"""The one way in which a request is answered: it is read, computed where that is best done, sent, or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import perf_counter
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from chainruler import wire
from chainruler.api.bodies import ReceivedBody
from chainruler.api.placement import CODEC, INLINE_BYTES, INLINE_OPERATIONS
from chainruler.api.runtime import Runtime
from chainruler.api.streams import Stream
from chainruler.calls.call import Call
from chainruler.calls.codecs import Format, Headers
from chainruler.calls.task import Pipeline
from chainruler.handlers.context import Work
from chainruler.memory.account import current
from chainruler.refusals.documents import KNOWN, ProblemResponse
from chainruler.refusals.transport import ClientGone, Compressed
from chainruler.schemas.reading import read_parameters

UNCOMPRESSED = frozenset({b"", b"identity"})


class Endpoint:
    """Answers one call of the table."""

    def __init__(self, call: Call, runtime: Runtime) -> None:
        self.call = call
        self.runtime = runtime
        self.place = runtime.metrics.add_route(call.path)
        self.route: object = None
        """The route that declares this, by which the log calls it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever is wrong with it."""
        scope["route"] = self.route
        runtime = self.runtime
        try:
            keys = runtime.keys
            caller = keys.admit(scope, self.call.name) if keys.callers and not self.call.open else keys.local
            headers = headers_of(scope)
            call = self.call if self.call.choose is None else self.call.choose(headers)
            settled = call.codec.settle(headers)
            if headers.get(b"content-encoding", b"").strip().lower() not in UNCOMPRESSED:
                raise Compressed
            if call.streams:
                with caller.turn:
                    await Stream(call, settled, runtime, caller, receive, send).answer(scope)
                return
            task = Pipeline(call, settled, runtime.context(reveal=caller.reveal), runtime.limits)
            with caller.turn, ReceivedBody(runtime.settings.max_body_bytes, runtime.memory) as body:
                pieces = await self._answer(task, headers, scope, body, receive)
            size = sum(map(len, pieces))
            with runtime.memory.holding(size):
                await _send(settled, pieces, size, send)
        except KNOWN as error:
            refusal = self.call.refusals.refused(error)
        except ClientGone:
            return
        else:
            return
        await _refuse(refusal, send)  # after the error is gone, and with its traceback all that the request held

    async def _answer(
        self, task: Pipeline, headers: Headers, scope: Scope, body: ReceivedBody, receive: Receive
    ) -> list[wire.Piece]:
        """Read the request, and compute where that is best done."""
        runtime, seconds = self.runtime, self.runtime.settings.deadline_seconds
        deadline = asyncio.get_running_loop().time() + seconds
        if task.call.method == "GET":
            request = read_parameters(task.call.request, parameters_of(scope))
        else:
            started = perf_counter()
            content = await body.read(receive, headers.get(b"content-length"), deadline, seconds)
            task.spent.append(perf_counter() - started)
            if len(content) > INLINE_BYTES:
                given = [content]
                del content  # so that it can be freed as soon as it has been parsed
                return await runtime.in_a_thread(
                    lambda: self._read_and_run(task, given), task.context, receive, deadline
                )
            await runtime.slices.share()
            request = task.read(content)
        work = task.prepared(request)
        if work.operations <= INLINE_OPERATIONS:
            return self._written(task, task.run(work))
        return await runtime.in_a_thread(lambda: self._run(task, work), task.context, receive, deadline)

    def _read_and_run(self, task: Pipeline, given: list[bytes | bytearray]) -> list[wire.Piece]:
        """All that is done with a large body, away from the loop."""
        with CODEC:
            request = task.read(given.pop(), current())
        return self._run(task, task.prepared(request))

    def _run(self, task: Pipeline, work: Work) -> list[wire.Piece]:
        """What is done with a request away from the loop."""
        answer = task.run(work)
        with CODEC:
            return self._written(task, answer)

    def _written(self, task: Pipeline, answer: object) -> list[wire.Piece]:
        pieces = task.write(answer)
        self.runtime.metrics.phases(self.place, task.spent)
        return pieces


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request by name; a name that is there several times has its values joined, as RFC 9110 says."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def parameters_of(scope: Scope) -> Mapping[str, str]:
    """What the path and the query of a request say; the path has the last word."""
    query = scope.get("query_string", b"")
    return {**(dict(parse_qsl(query.decode("latin-1"))) if query else {}), **scope.get("path_params", {})}


async def _send(settled: Format, pieces: list[wire.Piece], size: int, send: Send) -> None:
    """Answer piece by piece: each can be freed when it is sent, and in between the loop serves others.

    It has to be let: a client that reads as fast as it is written to never makes `send` wait.
    """
    headers = [(b"content-type", settled.media_type.encode()), (b"content-length", b"%d" % size)]
    headers += [(name.encode(), value.encode()) for name, value in settled.headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    pieces.reverse()
    while len(pieces) > 1:
        await send({"type": "http.response.body", "body": pieces.pop(), "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": pieces.pop()})


async def _refuse(problem: ProblemResponse, send: Send) -> None:
    told = {**problem.headers, "content-length": str(len(problem.body))}
    headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": problem.body})
