"""API keys: who has none that is known is turned away before the body is read."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

from starlette.types import ASGIApp, Receive, Scope, Send

from chainruler.api.errors import answered
from chainruler.refusals.documents import problem_of
from chainruler.refusals.transport import Unauthorized

CLOSED = ("/v1/", "/metrics")
"""What a key opens; health and documentation are open to all, and `api/foreign.py` refuses in its own words."""


class Keys:
    """Pure ASGI middleware; only hashes of keys are known here, so that no setting and no dump gives one away."""

    def __init__(self, app: ASGIApp, *, hashes: Iterable[str]) -> None:
        self.app = app
        self.hashes = [bytes.fromhex(known) for known in hashes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that has a key, or that needs none."""
        if scope["type"] != "http" or not _is_closed(scope) or is_known(offered(scope), self.hashes):
            await self.app(scope, receive, send)
            return
        await answered(problem_of(Unauthorized()))(scope, receive, send)


def _is_closed(scope: Scope) -> bool:
    """Whether a request needs a key; where this is mounted below another application, its path begins with that."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith(CLOSED)


def is_known(key: bytes | None, hashes: Iterable[bytes]) -> bool:
    """Whether a key is one of those let in; all are compared, each in the same time whatever it is."""
    if key is None:
        return False
    digest = sha256(key).digest()
    return sum(compare_digest(digest, known) for known in hashes) > 0


def offered(scope: Scope) -> bytes | None:
    """The key that a request brings, in whichever header."""
    for name, value in scope["headers"]:
        if name in {b"x-api-key", b"api-key"}:
            return bytes(value)
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:].strip())
    return None
