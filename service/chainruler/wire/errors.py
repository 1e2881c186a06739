"""What is wrong with bytes that come in, or with an answer that cannot go out.

WireError
├── Malformed         the bytes are not what they say they are: no JSON, no UTF-8, no safetensors
├── Invalid           they are, and say something that cannot be: a ragged array, a key twice, NaN
│   └── Several       in more places than one
├── TooLarge          they are more than a limit allows
├── NotAcceptable     no encoding of the answer fits what was asked for
└── NonFiniteResult   the answer holds NaN or infinity, which no encoding may carry
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

LONGEST_KEY = 64
LONGEST_SUBJECT = 100
MOST_ERRORS = 10
"""The most places that one refusal names."""


class WireError(ValueError):
    """Bytes that cannot be read or written: `pointer` (RFC 6901) names the place, `hint` says what to do about it.

    What is told may be a sentence, or only what is wrong, "has 2 numbers."; then its subject is the place.
    """

    def __init__(self, code: str, pointer: str, told: str, hint: str | None = None) -> None:
        self.code = code
        self.pointer = pointer
        self.told = told
        self.message = f"{subject(pointer)} {told}" if told[0].islower() else told
        self.hint = hint
        super().__init__(self.message)

    def below(self, *keys: str | int) -> Self:
        """The same error, told from further out: `below("data")` makes "/x" into "/data/x"."""
        return type(self)(self.code, pointer(*keys) + self.pointer, self.told, self.hint)

    def each(self) -> list[WireError]:
        """The errors that this one is."""
        return [self]


class Malformed(WireError):
    """Bytes that are not what they say they are."""


class Invalid(WireError):
    """Bytes that can be read, and say something that cannot be."""


class Several(Invalid):
    """Bytes that say something that cannot be in more places than one; it reads as the first of them."""

    def __init__(self, errors: Sequence[WireError]) -> None:
        first = errors[0]
        super().__init__(first.code, first.pointer, first.told, first.hint)
        self.errors = list(errors)

    def below(self, *keys: str | int) -> Self:
        return type(self)([error.below(*keys) for error in self.errors])

    def each(self) -> list[WireError]:
        return self.errors


class Faults:
    """Collects what is wrong in several places, so that all of it is told at once."""

    def __init__(self) -> None:
        self.errors: list[WireError] = []

    def add(self, error: Invalid) -> None:
        """Note an error; as soon as there are enough, they are raised."""
        self.errors += error.each()
        if len(self.errors) >= MOST_ERRORS:
            self.end()

    def end(self) -> None:
        """Raise what was noted, if anything was."""
        if len(self.errors) > 1:
            raise Several(self.errors[:MOST_ERRORS])
        if self.errors:
            raise self.errors[0]


class DocumentTooLarge(WireError):
    """More than a limit allows, whatever it says."""


class NotAcceptable(WireError):
    """An `Accept` that none of the encodings fits."""


class NonFiniteAnswer(WireError):
    """An answer that holds NaN or infinity."""


def pointer(*keys: str | int) -> str:
    """The keys as a JSON pointer: ("a/b", 0) is "/a~1b/0"; a key of absurd length is cut, so that no error is long."""
    return "".join("/" + _short(str(key)).replace("~", "~0").replace("/", "~1") for key in keys)


def subject(place: str) -> str:
    """A place in words: "/parameters/W1/2" is "parameters.W1[2]", "/data/x/3" is "x[3]"."""
    keys = [key.replace("~1", "/").replace("~0", "~") for key in place.split("/")[1:]]
    if len(keys) > 1 and keys[0] == "data":
        del keys[0]
    words = "".join(f"[{key}]" if key.isdigit() else f".{key}" for key in keys).removeprefix(".")
    if not words:
        return "The document"
    return words if len(words) <= LONGEST_SUBJECT else f"…{words[1 - LONGEST_SUBJECT :]}"


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else key[: LONGEST_KEY - 1] + "…"
