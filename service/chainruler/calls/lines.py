"""A batch, line by line: each line of JSON answered by one, in order; one bad line spoils one line."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from chainruler import wire
from chainruler.handlers.batch import Batch
from chainruler.networks import Budget

MEDIA_TYPE = "application/x-ndjson"
PATH = "/v1/grade/batch"

Refuse = Callable[[Exception], bytes]
"""The document of an error, also of one that nobody foresaw: the lines after it are answered."""


class Lines:
    """Answers the lines of one batch; a line that only says defaults, and an empty one, get no answer."""

    def __init__(self, budget: Budget, limits: wire.Limits, refuse: Refuse) -> None:
        self.batch = Batch(budget)
        self.limits = limits
        self.refuse = refuse
        self.number = 0

    def answer(self, line: bytes | bytearray) -> bytes | None:
        """The answer to the next line, with its number, and without a line break."""
        self.number += 1
        if not line.strip():
            return None
        try:
            report = self.batch.graded(wire.decode(line, None, self.limits))
            if report is None:
                return None
            _, text = wire.encode(report)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told in this line)
            text = orjson.dumps({"error": orjson.Fragment(self.refuse(error))})
        return b'{"line":%d,' % self.number + text[1:]
