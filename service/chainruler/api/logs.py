"""The log: one JSON object a line, on stderr, so that stdout stays free for people."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import orjson

Sink = Callable[[bytes], object]
LogField = str | int | float | None

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def json_line(level: str, event: str, fields: Mapping[str, LogField]) -> bytes:
    """One line of the log; text that is not valid Unicode is replaced, because a log must not fail."""
    record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event, **fields}
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # a lone surrogate, the one thing in a string that orjson refuses
        clean = {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for k, v in record.items()}
        return orjson.dumps(clean, option=orjson.OPT_APPEND_NEWLINE)


def write_to_stderr(line: bytes) -> None:
    """Write one line at once, so that the lines of several workers do not mix."""
    sys.stderr.buffer.write(line)
    sys.stderr.buffer.flush()


class JsonFormatter(logging.Formatter):
    """Records of the standard library, uvicorn's among them, as lines of the same log."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, its traceback in the field `exception`."""
        fields: dict[str, LogField] = {"logger": record.name}
        request_id = getattr(record, "request_id", None)
        if request_id is not None:
            fields["request_id"] = request_id
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json_line(record.levelname.lower(), record.getMessage(), fields).decode().rstrip("\n")


def configure_logging(level: str) -> None:
    """Send every record of this process to the log; of uvicorn only errors, unless debugging.

    It would write a line for each request that is not HTTP, which serving/refusals.py counts instead.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    logging.getLogger("uvicorn").setLevel(logging.DEBUG if level == "debug" else logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
