"""The kinds of problem: what an RFC 9457 `type` names, each with its status and its words."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

PAGE = "/docs/errors"


@dataclass(frozen=True)
class Kind:
    """One kind of problem."""

    name: str
    status: int
    title: str
    detail: str

    @property
    def type(self) -> str:
        """The URI reference that identifies the kind and leads to its explanation, at this service itself."""
        return f"{PAGE}#{self.name}"


MALFORMED = Kind(
    "malformed-body",
    400,
    "The body cannot be read",
    "Its bytes are not what they should be: JSON as UTF-8, or a safetensors file.",
)
NOT_HTTP = Kind(
    "malformed-request", 400, "The request is not HTTP", "Its bytes are not a request of HTTP/1.1. The connection ends."
)
UNAUTHORIZED = Kind(
    "unauthorized",
    401,
    "A key is needed",
    "Send a key that this service knows, as `Authorization: Bearer …` or as `X-API-Key: …`.",
)
FORBIDDEN = Kind(
    "forbidden", 403, "The key does not open this", "The key is known, and is not allowed what it was sent for."
)
TOO_MANY_REQUESTS = Kind(
    "too-many-requests",
    429,
    "Too many requests of this key",
    "Try again after as many seconds as the header Retry-After says.",
)
NOT_FOUND = Kind(
    "not-found", 404, "Not Found", "There is nothing at this path. /openapi.json lists all paths, /docs explains them."
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    "Method Not Allowed",
    "This path exists, but not with this method. The header Allow lists its methods.",
)
NOT_ACCEPTABLE = Kind(
    "not-acceptable", 406, "No encoding fits", "None of the encodings of an answer fits the header Accept."
)
TIMEOUT = Kind(
    "request-timeout", 408, "The request came too slowly", "Headers and body must be here before their deadlines."
)
TOO_LARGE = Kind(
    "body-too-large",
    413,
    "The body is too large",
    "It has more bytes, arrays or values than this service reads. docs/limits.md lists the limits.",
)
COMPRESSED = Kind(
    "compressed-body", 415, "Compressed bodies are not read", "Send the body as it is, without Content-Encoding."
)
INVALID = Kind(
    "invalid-request",
    422,
    "The request cannot be carried out",
    "The request is well-formed, but says something that cannot be. See errors.",
)
HEADERS_TOO_LARGE = Kind(
    "headers-too-large", 431, "The headers are too large", "They have more bytes than this service reads."
)
OVER_BUDGET = Kind(
    "over-budget",
    422,
    "The request asks for too much",
    "The request is right, but computing it goes beyond a limit of this service. See errors.",
)
NON_FINITE = Kind(
    "non-finite-result",
    422,
    "The result is not finite",
    "For these numbers a result overflows or is undefined. Nothing is answered, because NaN is no gradient.",
)
INTERNAL = Kind(
    "internal-error",
    500,
    "Internal Server Error",
    "A fault of the service, not of the request. Its log has the traceback under the id in the header X-Request-Id.",
)
BUSY = Kind("busy", 503, "Too many requests at once", "Try again after as many seconds as the header Retry-After says.")
TOOK_TOO_LONG = Kind(
    "took-too-long",
    503,
    "Computing took too long",
    "The request's deadline came before its answer. Ask for less at a time: the same request would end the same.",
)

KINDS = (
    MALFORMED,
    NOT_HTTP,
    UNAUTHORIZED,
    FORBIDDEN,
    TOO_MANY_REQUESTS,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    TIMEOUT,
    TOO_LARGE,
    COMPRESSED,
    INVALID,
    OVER_BUDGET,
    HEADERS_TOO_LARGE,
    NON_FINITE,
    INTERNAL,
    BUSY,
    TOOK_TOO_LONG,
)

OF_HTTP: dict[int, Kind] = {
    HTTPStatus.NOT_FOUND: NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED,
    HTTPStatus.UNPROCESSABLE_ENTITY: INVALID,
    HTTPStatus.INTERNAL_SERVER_ERROR: INTERNAL,
}
"""The kinds of problem that a status alone tells."""
