"""One request to a call, from its bytes to those of its answer; a runtime decides where and when each step is taken."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any

from chainruler import wire
from chainruler.calls.call import Call
from chainruler.calls.codecs import Format
from chainruler.handlers.context import Context, Staged, Work
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import Request


class Task:
    """The steps in their order; `spent` lists the seconds that each took."""

    __slots__ = ("call", "context", "format", "limits", "spent")

    def __init__(self, call: Call, settled: Format, context: Context, limits: wire.Limits) -> None:
        self.call, self.format, self.context, self.limits = call, settled, context, limits
        self.spent: list[float] = []

    def read(self, content: bytes | bytearray) -> Request:
        """The request that a body is."""
        started = perf_counter()
        request = read_request(self.call.request, self.format.decode(content, limits=self.limits))
        self.spent.append(perf_counter() - started)
        return request

    def prepared(self, request: Request) -> Work:
        """What there is to do, and how much."""
        handler = self.call.handler
        if isinstance(handler, Staged):
            return handler.prepare(request, self.context)
        return Work(partial(handler, request, self.context), self.call.operations)

    def run(self, work: Work) -> Any:
        """The answer, before it is bytes."""
        started = perf_counter()
        answer = work.run()
        self.spent.append(perf_counter() - started)
        return answer

    def write(self, answer: Any) -> list[wire.Piece]:
        """The answer in pieces."""
        started = perf_counter()
        pieces = self.format.encode(answer)
        self.spent.append(perf_counter() - started)
        return pieces
