"""Ending a long computation from outside: whoever does not want it any more sets an event, which loops look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, local

_THREAD = local()


class Interrupted(Exception):
    """Nobody wants the result of this computation any more."""


@contextmanager
def ended_by(event: Event) -> Iterator[None]:
    """What is computed in this thread meanwhile ends soon after the event is set."""
    _THREAD.event = event
    try:
        yield
    finally:
        _THREAD.event = None


def see_whether_to_go_on() -> None:
    """Ends a loop whose result nobody wants any more; to be called once each turn."""
    event: Event | None = getattr(_THREAD, "event", None)
    if event is not None and event.is_set():
        raise Interrupted
