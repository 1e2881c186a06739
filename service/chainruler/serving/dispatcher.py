"""Where the supervisor of several workers accepts connections, and gives each to the worker that has the fewest."""

from __future__ import annotations

import socket
from collections.abc import Callable
from itertools import count
from selectors import EVENT_READ, BaseSelector


class ConnectionDispatcher:
    """Accepts connections and hands them on through channels, exactly evenly.

    The kernel does not spread them evenly, whether workers share one socket or have one each: it picks by chance, and
    of eight connections seven may be one worker's.
    """

    def __init__(self, listening: socket.socket, selector: BaseSelector, closed: Callable[[int], float]) -> None:
        self.listening = listening
        self.selector = selector
        self.closed = closed
        """How many of the connections given to a worker it has closed."""
        self.given: dict[int, float] = {}
        self.channels: dict[int, socket.socket] = {}
        """Of the workers that take connections."""
        self.turns = count()
        self.last: dict[int, int] = {}

    def expect(self, slot: int) -> socket.socket:
        """The end of a channel for a new worker, which is given connections as soon as it says so."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self.selector.register(ours, EVENT_READ, lambda: self._hear(slot, ours))
        return theirs

    def _hear(self, slot: int, channel: socket.socket) -> None:
        """A worker takes connections from now on, or no more."""
        if _heard(channel):
            self.given[slot] = self.closed(slot)
            if not self.channels and self.listening.fileno() >= 0:
                self.selector.register(self.listening, EVENT_READ, self._receive)
            self.channels[slot] = channel
        else:
            self._leave(slot)
            self.selector.unregister(channel)
            channel.close()

    def _leave(self, slot: int) -> None:
        """Give a worker no more."""
        if self.channels.pop(slot, None) and not self.channels and self.listening.fileno() >= 0:
            self.selector.unregister(self.listening)

    def _receive(self) -> None:
        """Accept all who wait."""
        while self.channels:
            try:
                connection, _ = self.listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            with connection:  # the worker that it is given to has a copy
                self._give(connection)

    def _give(self, connection: socket.socket) -> None:
        """Give the connection to the worker with the fewest; among equals, to the one that waits longest."""
        order = sorted(self.channels, key=lambda slot: (self.given[slot] - self.closed(slot), self.last.get(slot, -1)))
        for slot in order:
            try:
                socket.send_fds(self.channels[slot], [b"c"], [connection.fileno()])
            except OSError:  # it is so busy that its channel is full, or has just died
                continue
            self.given[slot] += 1
            self.last[slot] = next(self.turns)
            return

    def close(self) -> None:
        """Accept no more."""
        if self.channels:
            self.selector.unregister(self.listening)
        self.listening.close()


def _heard(channel: socket.socket) -> bytes:
    """What a worker says; nothing if it is gone."""
    try:
        return channel.recv(1)
    except OSError:
        return b""
