"""Why a request is refused before anybody has looked at what it says: no handler ever does.

Refusal
├── NotHttp           bytes that are no request
├── HeadersTooLarge   more bytes or fields than headers may have, chunk extensions and trailers among them
├── HeadersTooSlow    the deadline came before the end of the headers
├── Unauthorized      no key, or one that is not known or no longer good
├── NotAllowed        a key that does not open this call
├── TooManyRequests   more requests than a key may send
├── Compressed        a Content-Encoding
├── BodyTooLarge      more bytes than a body may have
├── BodyTooSlow       the deadline came before the end of the body
├── Busy              no thread, no place in the queue, no memory, or too many connections
└── TookTooLong       the deadline came before the answer
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class Refusal(Exception):
    """A request that is refused: `code` for programs, `message` and `hint` for people, `headers` for the answer."""

    code: ClassVar[str]
    pointer = ""
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotHttp(Refusal):
    """Bytes that are no request."""

    code = "malformed_http"

    def __init__(self) -> None:
        super().__init__(
            "What came is not a request of HTTP/1.1.", "This port speaks HTTP, and not TLS: http://, not https://."
        )


class HeadersTooLarge(Refusal):
    """More bytes or fields than headers may have, chunk extensions and trailers among them."""

    code = "headers_too_large"

    def __init__(self, most_bytes: int, most_fields: int) -> None:
        super().__init__(
            f"The headers have more than {most_bytes:,} bytes or {most_fields:,} fields, and no more are read.",
            "Chunk extensions and trailers count as headers.",
        )


class HeadersTooSlow(Refusal):
    """The deadline came before the end of the headers."""

    code = "headers_too_slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The headers had not ended {seconds:g} seconds after they had begun.")


class Unauthorized(Refusal):
    """No key, or one that is not known or no longer good."""

    code = "unknown_key"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})

    def __init__(self, message: str = "This service asks for a key, and none that it knows was sent.") -> None:
        super().__init__(message)


class NotAllowed(Refusal):
    """A key that does not open this call."""

    code = "not_allowed"

    def __init__(self, message: str) -> None:
        super().__init__(message, "The operator of the service decides which calls a key opens.")


class TooManyRequests(Refusal):
    """More requests than a key may send at once, or in a second."""

    code = "too_many_requests"

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message, "Try again after as many seconds as Retry-After says.")
        self.headers = {"Retry-After": str(seconds)}


class Compressed(Refusal):
    """A Content-Encoding: what a compressed body unpacks to is not known before it is done."""

    code = "compressed_body"
    headers = MappingProxyType({"Accept-Encoding": "identity"})

    def __init__(self) -> None:
        super().__init__(
            "The body has a Content-Encoding, and only plain bodies are read.",
            "Numbers hardly compress. To send fewer bytes, send application/vnd.safetensors.",
        )


class BodyTooLarge(Refusal):
    """More bytes than a body may have."""

    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body has more than {limit:,} bytes, which is the most that this service reads.",
            "Send fewer samples at a time, or arrays in binary: application/vnd.safetensors.",
        )


class BodyTooSlow(Refusal):
    """The deadline came before the end of the body."""

    code = "body_too_slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body was not here {seconds:g} seconds after the request had begun.")


class Busy(Refusal):
    """No thread, no place in the queue, no memory, or too many connections."""

    code = "busy"
    headers = MappingProxyType({"Retry-After": "1"})

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}.", "Try again after as many seconds as Retry-After says.")


class TookTooLong(Refusal):
    """The deadline came before the answer."""

    code = "took_too_long"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"There was no answer {seconds:g} seconds after the request had begun.",
            "Ask for fewer steps, entries or samples at a time.",
        )


class ClientGone(Exception):
    """Nobody waits for the answer any more; it is not refused, because nobody would read that either."""
