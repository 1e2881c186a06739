"""Requests as they should not be, sent to a real service byte by byte."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from tests.support.service import PATIENCE

Address = tuple[str, int]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: bytes
    content: bytes

    @property
    def document(self) -> Any:
        """The body, which is JSON."""
        return orjson.loads(self.content)

    @property
    def code(self) -> str | None:
        """The code of the first fault of a problem."""
        errors = self.document.get("errors")
        return str(errors[0]["code"]) if errors else None


Send = Callable[[Address], Answer]


def raw(*pieces: bytes | Iterable[bytes]) -> Send:
    """Sends these bytes as they are, and reads to the end of the connection."""

    def send(address: Address) -> Answer:
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            try:
                for piece in pieces:
                    for part in [piece] if isinstance(piece, bytes) else piece:
                        connection.sendall(part)
            except OSError:  # it has heard enough: what counts is what it says
                pass
            return _answer(connection)

    return send


def post(path: str, body: bytes | Callable[[], bytes], *headers: str) -> Send:
    """Posts a body; one that is large is made when it is sent."""

    def send(address: Address) -> Answer:
        content = body if isinstance(body, bytes) else body()
        return raw(head("POST", path, f"Content-Length: {len(content)}", *headers), content)(address)

    return send


def asked(method: str, path: str, *headers: str) -> Send:
    """Asks without a body."""
    return raw(head(method, path, *headers))


def head(method: str, path: str, *headers: str) -> bytes:
    """The lines before a body, of a request after which the connection is closed."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


def _answer(connection: socket.socket) -> Answer:
    received = bytearray()
    while piece := connection.recv(65536):
        received += piece
    before, _, content = bytes(received).partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in before.lower():
        content = _unchunked(content)
    return Answer(int(before.split()[1]), before, content)


def _unchunked(content: bytes) -> bytes:
    whole = b""
    while content:
        size, _, rest = content.partition(b"\r\n")
        length = int(size, 16)
        whole, content = whole + rest[:length], rest[length + 2 :]
    return whole
