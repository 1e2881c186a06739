"""How connections come into a worker: one that is alone accepts them itself, others are handed theirs."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from chainruler.api.metrics import Metrics

logger = logging.getLogger("chainruler")

READY = b"!"
"""What a worker says into its channel when it takes connections."""
TROUBLE = 0.1
"""Seconds until the next try when the system has no more sockets to give."""


class ConnectionSource(Protocol):
    """Where connections come from."""

    source: socket.socket
    """What is readable when a connection waits."""

    def open(self) -> None:
        """Say that connections are taken from now on."""

    def take(self) -> socket.socket | None:
        """The next connection; None if none waits, OSError if it cannot be had now, EOFError if none will come."""


class Listening:
    """Connections that come to the address itself."""

    def __init__(self, source: socket.socket) -> None:
        self.source = source

    def open(self) -> None:
        """Nobody needs to be told."""

    def take(self) -> socket.socket | None:
        """Accept one."""
        try:
            return self.source.accept()[0]
        except (BlockingIOError, ConnectionAbortedError):
            return None


class PassedSockets:
    """Connections that the supervisor has accepted, and hands on through a channel."""

    def __init__(self, source: socket.socket) -> None:
        self.source = source

    def open(self) -> None:
        """Ask for connections."""
        self.source.setblocking(False)
        self.source.send(READY)

    def take(self) -> socket.socket | None:
        """Take one over; EOFError if the supervisor is gone."""
        try:
            said, descriptors, _, _ = socket.recv_fds(self.source, 1, 1)
        except BlockingIOError:
            return None
        if not said:
            raise EOFError
        return socket.socket(fileno=descriptors[0]) if descriptors else None  # none if this process may have no more


class Acceptor:
    """Lets the connections of one worker in, and counts them."""

    def __init__(self, connections: ConnectionSource, metrics: Metrics) -> None:
        self.connections = connections
        self.metrics = metrics
        self.entering: set[asyncio.Task[None]] = set()

    def open(self, create: Callable[[], asyncio.Protocol]) -> None:
        """Let in who comes from now on; `create` makes what speaks with one of them."""
        self.loop, self.create = asyncio.get_running_loop(), create
        self._look()
        self.connections.open()

    def _look(self) -> None:
        self.loop.add_reader(self.connections.source, self._let_in)

    def close(self) -> None:
        """Let nobody in any more but those who have come."""
        self.loop.remove_reader(self.connections.source)
        self._let_in()
        self.loop.remove_reader(self.connections.source)

    def _let_in(self) -> None:
        """Let in all who wait."""
        try:
            while (connection := self.connections.take()) is not None:
                self._enter(connection)
        except EOFError:
            self.loop.remove_reader(self.connections.source)
        except OSError as error:  # no more descriptors: the connection goes on waiting, and would wake us again at once
            logger.warning("cannot accept: %s", error)
            self.loop.remove_reader(self.connections.source)
            self.loop.call_later(TROUBLE, self._look)

    def _enter(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.metrics.count_connection()
        task = self.loop.create_task(self._connect(connection))
        self.entering.add(task)
        task.add_done_callback(self.entering.discard)

    async def _connect(self, connection: socket.socket) -> None:
        """Hand the connection to a protocol, which counts it out when it is lost."""
        try:
            await self.loop.connect_accepted_socket(self.create, connection)
        except OSError:  # gone before it was here
            self.metrics.add("connections", -1)
            connection.close()
