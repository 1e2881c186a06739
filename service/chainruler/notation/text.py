"""Text that is put together of other text, in time that does not grow with what it is put together of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

SHORT = 200


class Text:
    """Parts one after the other, which are joined only while they are short, and when the text is asked for.

    A formula is written from the inside out. With strings, each of n constructs around each other would copy all that
    is inside, which takes time in n squared.
    """

    __slots__ = ("_length", "end", "parts", "start", "tall")

    def __init__(self, *parts: TextPart, tall: bool = False) -> None:
        length = 0
        for part in parts:
            length += len(part)
            tall = tall or (not isinstance(part, str) and part.tall)
        if length <= SHORT:
            parts = ("".join([part if isinstance(part, str) else part.start for part in parts]),)
        else:
            parts = tuple([part for part in parts if len(part)])
        self.parts = parts
        self._length = length
        first, last = parts[0], parts[-1]
        self.start: str = first if isinstance(first, str) else first.start
        """All of it if it is short, else how it begins."""
        self.end: str = last if isinstance(last, str) else last.end
        """All of it if it is short, else how it ends."""
        self.tall: bool = tall
        """Whether it is higher than one line."""

    def __len__(self) -> int:
        return self._length

    def __str__(self) -> str:
        found: list[str] = []
        stack: list[TextPart] = [self]
        while stack:
            part = stack.pop()
            if isinstance(part, str):
                found.append(part)
            else:
                stack.extend(reversed(part.parts))
        return "".join(found)

    @property
    def short(self) -> str:
        """All of it if it is short, else nothing."""
        return self.start if self._length <= SHORT else ""


TextPart: TypeAlias = str | Text


def joined(separator: str, parts: Iterable[TextPart]) -> Text:
    """The parts with the separator between them."""
    return Text(*[piece for i, part in enumerate(parts) for piece in ((separator, part) if i else (part,))])
