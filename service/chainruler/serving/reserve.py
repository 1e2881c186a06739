"""A few connections beyond the limit, so that a probe of /health/live is answered when all others are taken."""

from __future__ import annotations

from typing import Protocol

PLACES = 64
SECONDS = 1.0
"""How long such a connection lasts."""
OPEN_TO = (b"/health/live", b"/health/ready")
"""The paths it may ask for."""


class Guest(Protocol):
    """A connection beyond the limit."""

    def turn_away(self) -> None:
        """Say that there are too many connections, and close."""


class Reserve:
    """Holds the newest connections beyond the limit; each one that is too many turns the oldest away.

    The newest, because a probe sends its request at once: those that only hold a place are the old ones.
    """

    def __init__(self, places: int = PLACES) -> None:
        self.places = places
        self.guests: dict[Guest, None] = {}

    def enter(self, guest: Guest) -> None:
        """Take a connection in."""
        if len(self.guests) >= self.places:
            oldest = next(iter(self.guests))
            self.leave(oldest)
            oldest.turn_away()
        self.guests[guest] = None

    def leave(self, guest: Guest) -> None:
        """Forget a connection that has closed."""
        self.guests.pop(guest, None)
