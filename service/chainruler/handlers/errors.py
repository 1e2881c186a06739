"""What can go wrong after a request has been understood."""

from __future__ import annotations

from chainruler.networks import SpecError


class NotFound(SpecError):
    """There is nothing of the name that was asked for."""


class NotRevealed(SpecError):
    """More is asked for than the caller's key lets it know."""


class NonFiniteResult(ArithmeticError):
    """A result is not finite: `line` is the first line of the computation that overflows or is undefined."""

    code = "non_finite_result"

    def __init__(self, line: str, step: int | None = None) -> None:
        when = "" if step is None else f" at step {step}"
        super().__init__(f"{line} is not finite{when}: it overflows or is undefined for these numbers.")
        self.line = line
        self.step = step
        self.message = str(self)
        self.hint = "Scale the data or the parameters down." if step is None else "Try a smaller learning rate."
