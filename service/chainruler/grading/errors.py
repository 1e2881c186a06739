"""What cannot be graded, and costs nothing: text that cannot be read, an array that has another shape."""

from __future__ import annotations


class NotGradable(ValueError):
    """An answer that is neither right nor wrong; the message says what to do."""

    def __init__(
        self, message: str, shown: str = "", operands: tuple[tuple[int, int], ...] = (), *, final: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.shown = shown
        """The text with a mark under the place in question."""
        self.operands = operands
        """The places of two factors that do not fit together, where that is the trouble."""
        self.final = final
        """Whether it stays so, however the names in it are meant."""
