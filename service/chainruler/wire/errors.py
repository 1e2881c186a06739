"""What is wrong with bytes that come in, or with an answer that cannot go out.

WireError
├── Malformed         the bytes are not what they say they are: no JSON, no UTF-8, no safetensors
├── Invalid           they are, and say something that cannot be: a ragged array, a key twice, NaN
├── TooLarge          they are more than a limit allows
├── NotAcceptable     no encoding of the answer fits what was asked for
└── NonFiniteResult   the answer holds NaN or infinity, which no encoding may carry
"""

from __future__ import annotations

LONGEST_KEY = 64


class WireError(ValueError):
    """Bytes that cannot be read or written: `pointer` (RFC 6901) names the place, `hint` says what to do about it."""

    def __init__(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.pointer = pointer
        self.message = message
        self.hint = hint

    def below(self, *keys: str | int) -> WireError:
        """The same error, told from further out: `below("data")` makes "/x" into "/data/x"."""
        return type(self)(self.code, pointer(*keys) + self.pointer, self.message, self.hint)


class Malformed(WireError):
    """Bytes that are not what they say they are."""


class Invalid(WireError):
    """Bytes that can be read, and say something that cannot be."""


class TooLarge(WireError):
    """More than a limit allows, whatever it says."""


class NotAcceptable(WireError):
    """An `Accept` that none of the encodings fits."""


class NonFiniteResult(WireError):
    """An answer that holds NaN or infinity."""


def pointer(*keys: str | int) -> str:
    """The keys as a JSON pointer: ("a/b", 0) is "/a~1b/0"; a key of absurd length is cut, so that no error is long."""
    return "".join("/" + _short(str(key)).replace("~", "~0").replace("/", "~1") for key in keys)


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else key[: LONGEST_KEY - 1] + "…"
