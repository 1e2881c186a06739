"""What a call can raise.

ChainrulerError
├── ConnectionFailed           no answer, because there is no connection or it broke: does the service run?
├── TimedOut                   no answer after the time that was given
├── UnreadableAnswer           an answer, but none of a chainruler service: is the address right?
└── StatusError                the service answered that it will not: status, code, pointer, hint
    ├── InvalidRequest         the request cannot be, and the message says what to change
    │   ├── OverLimit          it can be, and is more than the service does at once
    │   └── NonFiniteResult    it can be, and its result overflows or is undefined
    ├── Unauthorized           no key, or one that the service does not know
    ├── NotFound               nothing has this name
    ├── Unavailable            not now; it was tried again before this is raised
    │   └── TookTooLong        the service's deadline came first: ask for less at a time; not tried again
    └── ServiceFault           a fault of the service: its log has the traceback under the request's id
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ChainrulerError(Exception):
    """A call that has no result; `request_id` finds it in the log of the service."""

    request_id: str | None = None


class ConnectionFailed(ChainrulerError):
    """No answer, because there is no connection or it broke."""


class TimedOut(ChainrulerError):
    """No answer after the time that was given."""


class UnreadableAnswer(ChainrulerError):
    """An answer that no chainruler service gives."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `pointer` names the place in the request as RFC 6901 does, `hint` says what to do."""

    code: str
    pointer: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        place = f"\n  at {self.pointer}" if self.pointer else ""
        return f"{self.message}{place}" + (f"\n  {self.hint}" if self.hint else "")


class StatusError(ChainrulerError):
    """The service answered that it will not; `code`, `pointer` and `hint` are those of the first fault."""

    def __init__(self, status: int, problem: Mapping[str, Any], request_id: str | None = None) -> None:
        super().__init__(status, problem, request_id)
        self.status = status
        self.problem = problem
        """The document of RFC 9457 as it came."""
        self.request_id = request_id
        self.detail: str = str(problem.get("detail") or problem.get("title") or f"HTTP status {status}")
        told = problem.get("errors")
        self.errors = tuple(_fault(one) for one in told if isinstance(one, dict)) if isinstance(told, list) else ()
        """Everything that is wrong, as far as the service tells."""
        self.retry_after: float | None = None
        """The seconds after which the service asks to be called again."""
        first = self.errors[0] if self.errors else Fault("", "", self.detail)
        self.code, self.pointer, self.hint = first.code, first.pointer, first.hint

    def __str__(self) -> str:
        told = [str(fault) for fault in self.errors] or [self.detail]
        more = self.problem.get("more")
        told += [f"and {more} more"] if more else []
        marks = " ".join(filter(None, (f"HTTP {self.status}", self.code)))
        known = f", request {self.request_id}" if self.request_id else ""
        return "\n".join(told) + f"\n[{marks}{known}]"


class InvalidRequest(StatusError):
    """The request cannot be, and the message says what to change."""


class OverLimit(InvalidRequest):
    """The request is right, and asks for more than the service does at once."""


class NonFiniteResult(InvalidRequest):
    """The request is right, and its result overflows or is undefined."""


class Unauthorized(StatusError):
    """No key, or one that the service does not know."""


class NotFound(StatusError):
    """Nothing has this name."""


class Unavailable(StatusError):
    """The service cannot answer now."""


class TookTooLong(Unavailable):
    """The service's deadline came before the answer; the same request would end the same."""


class ServiceFault(StatusError):
    """A fault of the service; its log has the traceback under the request's id."""


_OF_KIND: dict[str, type[StatusError]] = {
    "over-budget": OverLimit,
    "body-too-large": OverLimit,
    "non-finite-result": NonFiniteResult,
    "took-too-long": TookTooLong,
}
_OF_STATUS: dict[int, type[StatusError]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    405: NotFound,
    408: Unavailable,
    413: OverLimit,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def refusal(status: int, problem: Mapping[str, Any], request_id: str | None) -> StatusError:
    """The error that a problem is: by its kind, and where that says nothing, by its status."""
    kind = str(problem.get("type", "")).rpartition("#")[2]
    otherwise = InvalidRequest if status < 500 else ServiceFault
    return (_OF_KIND.get(kind) or _OF_STATUS.get(status, otherwise))(status, problem, request_id)


def _fault(told: Mapping[str, Any]) -> Fault:
    return Fault(told.get("code", ""), told.get("pointer", ""), told.get("message", ""), told.get("hint"))
