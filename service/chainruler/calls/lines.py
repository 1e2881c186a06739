"""A batch, line by line: each line of JSON answered by one, in order; one bad line spoils one line."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from chainruler import wire
from chainruler.handlers.batch import Batch
from chainruler.networks import Budget
from chainruler.schemas.grading import LONGEST_ID

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
        document: object = None
        try:
            document = wire.decode(line, None, self.limits)
            report = self.batch.graded(document)
            if report is None:
                return None
            _, text = wire.encode(report)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told in this line)
            text = orjson.dumps({**_id_of(document), "error": orjson.Fragment(self.refuse(error))})
        return b'{"line":%d,' % self.number + text[1:]


def _id_of(document: object) -> dict[str, str]:
    """Whose line it is, if that much can be read of it."""
    found = document.get("id") if isinstance(document, dict) else None
    return {"id": found} if isinstance(found, str) and len(found) <= LONGEST_ID else {}
