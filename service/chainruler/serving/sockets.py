"""Listening sockets, one for each worker."""

from __future__ import annotations

import socket
from contextlib import ExitStack

BACKLOG = 2048


def listen(host: str, port: int, number: int) -> list[socket.socket]:
    """As many sockets as asked for, listening on one address; with port 0, all on the same free port.

    Each worker has its own socket under SO_REUSEPORT, and the kernel spreads connections evenly. With one socket that
    all share, as `uvicorn --workers` has it, one worker is often given every connection of a burst.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with ExitStack() as opened:
        if port:
            # Under SO_REUSEPORT a second service would take a share of this one's port unnoticed; without, it is told.
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        sockets: list[socket.socket] = []
        for _ in range(number):
            listening = opened.enter_context(socket.socket(family, kind, protocol))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if number > 1:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listening.bind(sockets[0].getsockname() if sockets else address)
            sockets.append(listening)
        for listening in sockets:
            # Listening before a worker is up: who connects early waits, and is not refused.
            listening.listen(BACKLOG)
        opened.pop_all()
        return sockets


def base_url(listening: socket.socket) -> str:
    """The address as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
