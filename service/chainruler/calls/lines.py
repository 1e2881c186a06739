"""A stream, line by line: each line of JSON is answered by one, in order; a bad line leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import orjson

from chainruler import wire
from chainruler.calls.call import Call
from chainruler.handlers.context import Context
from chainruler.schemas.grading import LONGEST_ID

Refuse = Callable[[Exception], bytes]
"""The document of an error, also of an unforeseen one: the lines after it are answered."""

NO_LOCK = nullcontext()


class Lines:
    """Answers the lines of one stream; a line whose handler returns None, and an empty one, get no answer."""

    def __init__(
        self,
        call: Call,
        context: Context,
        limits: wire.DecodingLimits,
        refuse: Refuse,
        lock: AbstractContextManager[object] = NO_LOCK,
    ) -> None:
        self.handler = call.handler(context)
        self.format = call.codec.settle({})
        self.lock = lock
        self.limits = limits
        self.refuse = refuse
        self.number = 0

    def answer(self, line: bytes | bytearray) -> bytes | None:
        """The answer to the next line, with its number, and without a line break."""
        self.number += 1
        if not line.strip():
            return None
        document: Any = None
        try:
            with self.lock:
                document = self.format.decode(line, limits=self.limits)
            answer = self.handler(document)
            if answer is None:
                return None
            with self.lock:
                text = b"".join(self.format.encode(answer))
        except Exception as error:  # noqa: BLE001 (whatever it is, this line reports it)
            text = orjson.dumps({**_id_of(document), "error": orjson.Fragment(self.refuse(error))})
        return b'{"line":%d,' % self.number + text[1:]


def _id_of(document: object) -> dict[str, str]:
    """Whose line it is, if that much can be read of it."""
    found = document.get("id") if isinstance(document, dict) else None
    return {"id": found} if isinstance(found, str) and len(found) <= LONGEST_ID else {}
