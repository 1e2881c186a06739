"""JSON through Python objects: `read_exactly` defines what is read, `read_quickly` comes to the same sooner.

Both need memory for each number as a Python object, about ten bytes for each byte of the body.
"""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

import orjson

from chainruler.wire.brackets import refuse_many_texts
from chainruler.wire.errors import DocumentTooLarge, Malformed, WireError
from chainruler.wire.limits import DecodingLimits
from chainruler.wire.tree import Document, Doubled, TreeReader

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SENT_WHOLE = "It ends in the middle: was it sent whole?"
NOT_JSON = "A number such as 01, .5 or 1. is not JSON; nor is a trailing comma or a comment."
QUOTES = frozenset("'‘’“”")
DOUBLE_QUOTES = 'JSON wants straight double quotes: {"model": …}.'


class Unsure(Exception):
    """What a quick reader says of a body that it cannot vouch for; `read_exactly` has the last word on it."""


def read_quickly(body: bytes | bytearray, limits: DecodingLimits, arrays_under: Container[str]) -> Document:
    """The document as orjson reads it, if that is sure to be what `read_exactly` would read."""
    if body.count(b"[") > limits.lists or body.count(b"{") > limits.values:
        raise Unsure
    reader = TreeReader(limits, arrays_under)
    try:
        document = reader.document(orjson.loads(body))
    except (orjson.JSONDecodeError, WireError):
        raise Unsure from None
    # orjson makes floats of integers beyond 64 bits, and keeps the last of two members of one name without a word. If
    # there is a colon for each member, none is hidden; an escaped colon in a text could make up for one that is.
    colons = reader.members + reader.colons
    if reader.largest >= 2**63 or body.count(b":") != colons or (reader.colons and b"\\u003" in body):
        raise Unsure
    return document


def read_exactly(body: bytes | bytearray, limits: DecodingLimits, arrays_under: Container[str]) -> Document:
    """The document, or what is wrong with it and where."""
    if body.startswith(BYTE_ORDER_MARK):
        raise Malformed("not_utf8", "", "The body begins with a byte order mark.", "Send UTF-8 without one.")
    try:
        text = str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(
            "not_utf8", "", f"Byte {error.start} of the body is not UTF-8.", "Send JSON as UTF-8."
        ) from None
    if body.count(b"[") > limits.lists:
        raise DocumentTooLarge("too_many_lists", "", f"The body opens more than {limits.lists} lists.")
    refuse_many_texts(body, limits)
    return TreeReader(limits, arrays_under).document(_parsed(text, limits))


def _parsed(text: str, limits: DecodingLimits) -> object:
    """The tree of the standard library's parser, which says where a syntax error is."""
    objects = _Objects(limits)
    try:
        try:
            return json.loads(text, object_pairs_hook=objects)
        except json.JSONDecodeError as error:
            raise _syntax(text, error) from None
        except WireError:
            raise
        except ValueError:  # an integer of more digits than Python reads; its first hundreds tell how large it is
            return json.loads(text, object_pairs_hook=_Objects(limits), parse_int=lambda digits: int(digits[:400]))
    except RecursionError:
        raise Malformed("too_deep", "", f"Objects and lists are nested deeper than {limits.depth}.") from None


class _Objects:
    """Makes the objects of a document, and stops when they are too many."""

    def __init__(self, limits: DecodingLimits) -> None:
        self.limits = limits
        self.left = limits.values + 1  # the root is no value of another object

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.left -= 1
        if self.left < 0:
            raise DocumentTooLarge(
                "too_many_values", "", f"More than {self.limits.values} values stand outside arrays."
            )
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        seen: set[str] = set()
        doubled = Doubled(members)
        doubled.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return doubled


def _syntax(text: str, error: json.JSONDecodeError) -> Malformed:
    """The error of the parser with the place in lines, columns and bytes."""
    if not text.strip():
        return Malformed("malformed_json", "", "The body is empty.", "Send a JSON object.")
    place = f"line {error.lineno}, column {error.colno} (byte {len(text[: error.pos].encode())})"
    is_cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    quoted = text[error.pos : error.pos + 1] in QUOTES
    hint = SENT_WHOLE if is_cut else DOUBLE_QUOTES if quoted else NOT_JSON
    return Malformed("malformed_json", "", f"The body is not JSON: {error.msg} at {place}.", hint)
