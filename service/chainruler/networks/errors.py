"""What is wrong with a description of a network, in words for its author.

A part of a description cannot know where it stands in the document. It names the place as seen from itself, and
the code around it calls `error.below("optimizer")` on the way out, so that the pointer is complete at the border.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

_BATCH = re.compile(r"(?<=[( ])N(?=[,)])")


class SpecError(ValueError):
    """A description that cannot be: `pointer` (RFC 6901) names the place, `hint` says what to do about it."""

    def __init__(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.pointer = pointer
        self.message = message
        self.hint = hint

    def below(self, *keys: str | int) -> SpecError:
        """The same error, told from further out: `below("optimizer")` makes "/eps" into "/optimizer/eps"."""
        return type(self)(self.code, pointer(*keys) + self.pointer, self.message, self.hint)

    def with_batch(self, batch: int) -> SpecError:
        """The same error with the batch size as it was sent: "(N, 1)" becomes "(20, 1)"."""
        message, hint = (text and _BATCH.sub(str(batch), text) for text in (self.message, self.hint))
        return type(self)(self.code, self.pointer, message or "", hint)


class TooLarge(SpecError):
    """More parameters, numbers or arithmetic than the budget allows: the description is right, but not here."""


def pointer(*keys: str | int) -> str:
    """The keys as a JSON pointer: ("a/b", 0) is "/a~1b/0"."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def did_you_mean(name: str, known: Iterable[str], also_called: Mapping[str, str] | None = None) -> str | None:
    """The hint for a name that is not known: what it is called here, or what is spelt like it."""
    known = sorted(known)
    other = (also_called or {}).get(name)
    capitals = [own for own in known if own.lower() == name.lower()]
    close = [other] if other else capitals or difflib.get_close_matches(name, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known are {', '.join(known)}."
