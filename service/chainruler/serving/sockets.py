"""The listening socket, one for all workers."""

from __future__ import annotations

import socket
from contextlib import ExitStack

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this address; with port 0, on a free port.

    It listens before a worker is up: who connects early waits, and is not refused.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with ExitStack() as opened:
        listening = opened.enter_context(socket.socket(family, kind, protocol))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
        opened.pop_all()
        return listening


def base_url(listening: socket.socket) -> str:
    """The address as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
