"""Connections to a service byte by byte: what no HTTP client would send."""

from __future__ import annotations

import socket

import orjson

from tests.support.service import PATIENCE, Service

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /v1/gradients HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def connected(service: Service, patience: float = PATIENCE) -> socket.socket:
    """A connection to the service."""
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=patience)


def answer(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """The status and the document of the answer, which is the last on its connection."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), orjson.loads(body)


def code(problem: dict[str, object]) -> object:
    """The code of the one fault."""
    assert problem.keys() == {"type", "title", "status", "detail", "errors"}
    return problem["errors"][0]["code"]  # type: ignore[index]


def flood(connection: socket.socket, piece: bytes, most: int) -> int:
    """Send the piece again and again until the connection breaks; how many bytes the system took, at most `most`."""
    sent = 0
    while sent < most:
        try:
            connection.sendall(piece)
        except OSError:
            break
        sent += len(piece)
    return sent
