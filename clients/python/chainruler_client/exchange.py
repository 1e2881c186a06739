"""A call from beginning to end but for input and output: what to send, what an answer means, when to try again.

`exchange` is a generator. It yields a request and is sent the response, or is thrown the error that came in its place;
it yields a pause and is sent nothing when that is over; it returns the result. The code that drives it may be
synchronous or asynchronous.
"""

from __future__ import annotations

import os
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from time import time
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import orjson

from chainruler_client.calls import Call
from chainruler_client.encoding import ACCEPTED, JSON, LINES, EncodedBody, decoded, encoded, encoded_lines
from chainruler_client.errors import (
    ChainrulerError,
    ConnectionFailed,
    StatusError,
    TookTooLong,
    UnreadableAnswer,
    refusal,
)
from chainruler_client.options import Options, logger
from chainruler_client.results import Result

R = TypeVar("R", bound=Result)

AGAIN = frozenset({408, 429, 502, 503, 504})
"""The statuses after which the same call may go well."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
MOST_PATIENCE = 60.0
"""Seconds: where the service asks for more, the caller is told instead."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What to send."""

    call: Call[Any]
    headers: Mapping[str, str]
    body: EncodedBody | None
    """What to post; None for what is got."""
    timeout: float


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; names of headers are in small letters, or found whatever letters they have."""

    status: int
    headers: Mapping[str, str]
    content: bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Pause:
    """How long to wait before going on."""

    seconds: float


@runtime_checkable
class Transport(Protocol):
    """Whatever answers requests while the caller waits."""

    def send(self, request: HttpRequest) -> Response:
        """The response to a request; a ChainrulerError if there is none."""

    def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class AsyncTransport(Protocol):
    """Whatever answers requests that are awaited."""

    async def send(self, request: HttpRequest) -> Response:
        """The response to a request; a ChainrulerError if there is none."""

    async def close(self) -> None:
        """Let go of connections."""


Exchange: TypeAlias = Generator[HttpRequest | Pause, Response | None, R]


def exchange(call: Call[R], options: Options) -> Exchange[R]:
    """The result of a call."""
    request = _request(call, options)
    request_id = request.headers["X-Request-Id"]
    for attempt in range(options.retries + 1):
        try:
            response = yield request
            assert response is not None  # noqa: S101  (a request is answered, or something is thrown)
            request_id = response.headers.get("x-request-id", request_id)
            logger.info("%s: %d, request %s", call.path, response.status, request_id)
            if response.status in call.answers:
                return _read(call, response, request_id)
            raise _refused(response, request_id)
        except ChainrulerError as error:
            error.request_id = request_id
            pause = _pause(error, attempt)
            if pause is None or attempt == options.retries:
                raise
            logger.info("%s: %s Again in %.1f s.", call.path, str(error).partition("\n")[0], pause)
        yield Pause(pause)
    raise AssertionError("The last attempt ends in one way or the other.")


def _request(call: Call[Any], options: Options) -> HttpRequest:
    """What to send; its id is that under which the service logs it."""
    headers = {"X-Request-Id": os.urandom(16).hex(), "Accept": JSON, **options.headers}
    if call.lines is not None:
        body = encoded_lines(call.lines, options.encoding)
        headers["Accept"] = LINES
    elif call.members is not None:
        body = encoded(call.members, options.encoding)
        headers["Accept"] = ACCEPTED["safetensors" if options.encoding == "auto" else options.encoding]
    else:
        return HttpRequest(call, headers, None, options.timeout)
    headers["Content-Type"] = body.media_type
    return HttpRequest(call, headers, body, options.timeout)


def _read(call: Call[R], response: Response, request_id: str) -> R:
    """The result that a response holds."""
    try:
        document = decoded(response.headers.get("content-type", ""), response.content)
        return call.result.read(document, call.dtype, request_id)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        message = f"What {call.path} answered is no {call.result.__name__} of chainruler: {error}."
        raise UnreadableAnswer(message) from error


def _refused(response: Response, request_id: str) -> ChainrulerError:
    """The error that a response tells; where it is no problem document, its status has to do."""
    if response.status < 400:
        moved = response.headers.get("location", "nowhere")
        return UnreadableAnswer(f"The answer is a redirect to {moved}, HTTP status {response.status}.")
    try:
        problem = orjson.loads(response.content)
    except ValueError:
        problem = None
    error = refusal(response.status, problem if isinstance(problem, dict) else {}, request_id)
    error.retry_after = _seconds(response.headers.get("retry-after"))
    return error


def _pause(error: ChainrulerError, attempt: int) -> float | None:
    """How long to wait before the next attempt: what the service asks for, or longer each time, and never all alike.

    None if there is no sense in another attempt, or if the service asks for more patience than there is.
    """
    if isinstance(error, StatusError):
        if error.status not in AGAIN or isinstance(error, TookTooLong):
            return None
        if error.retry_after is not None:
            return None if error.retry_after > MOST_PATIENCE else error.retry_after * random.uniform(1, 1.25)  # noqa: S311  (no secret)
    elif not isinstance(error, ConnectionFailed):
        return None
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt) * random.uniform(0.5, 1)  # noqa: S311  (no secret)


def _seconds(retry_after: str | None) -> float | None:
    """What Retry-After says, which is a number of seconds or a date; None for neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)

    from email.utils import parsedate_to_datetime  # noqa: PLC0415  (a sixth of what importing the client would take)

    try:
        moment: float = parsedate_to_datetime(retry_after).timestamp()
    except (ValueError, TypeError):
        return None
    return max(0.0, moment - time())
