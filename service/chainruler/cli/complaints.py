"""What the command itself refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a complaint can be made where nothing else is needed
    from chainruler.wire import WireError


class Complaint(Exception):
    """Something that cannot be done: `pointer` names the place in a document, `hint` says what to do about it."""

    def __init__(self, message: str, *, pointer: str = "", hint: str | None = None, file: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.hint = hint
        self.file = file


class Unreadable(Complaint):
    """A file that says something that cannot be, in one place or several."""

    def __init__(self, error: WireError, file: str) -> None:
        super().__init__(error.message, file=file)
        self.errors = error.each()
