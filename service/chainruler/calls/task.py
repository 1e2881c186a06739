"""One request to a call, from its bytes to those of its answer; a runtime decides where and when each step is taken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from chainruler import wire
from chainruler.calls.call import Call
from chainruler.calls.codecs import Format
from chainruler.handlers.context import Context, Staged, Work
from chainruler.memory import Account
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import Request
from chainruler.wire.brackets import occurrences

COMMA = ord(",")


class Pipeline:
    """The steps in their order; `spent` lists the seconds that each took."""

    __slots__ = ("call", "context", "format", "limits", "spent")

    def __init__(self, call: Call, settled: Format, context: Context, limits: wire.DecodingLimits) -> None:
        self.call, self.format, self.context, self.limits = call, settled, context, limits
        self.spent: list[float] = []

    def read(self, content: bytes | bytearray, account: Account | None = None) -> Request:
        """The request that a body is; an account holds what reading it takes, and then its arrays."""
        started = perf_counter()
        if account is not None:
            account.hold("arrays", read_bytes(content))
        document = self.format.decode(content, limits=self.limits)
        if account is not None:
            account.hold("arrays", bytes_of(document))
        request = read_request(self.call.request, document)
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


def read_bytes(content: bytes | bytearray) -> int:
    """The most bytes that reading a body takes beside it, known before: 8 a number, and copies of text and of slices.

    A number is rarely written in more than 24 bytes. What is longer is text in base64, which the parser copies, Python
    copies, and is decoded: about 4 bytes for each of its own. Tensors, whose body begins with a length, are its bytes.
    """
    if content[7:8] == b"\0":
        return 2 * len(content)
    numbers = occurrences(content, COMMA)
    return 8 * numbers + len(content) // 4 + 4 * max(len(content) - 24 * numbers, 0)


def bytes_of(document: Mapping[str, Any]) -> int:
    """The bytes of all arrays in a document; of whole numbers twice, because most are computed with as real ones."""
    size = 0
    for value in document.values():
        if isinstance(value, np.ndarray):
            size += value.nbytes * (1 if value.dtype.kind == "f" else 2)
        elif isinstance(value, Mapping):
            size += bytes_of(value)
    return size
