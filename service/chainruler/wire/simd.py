"""JSON through simdjson: arrays go from its tape into NumPy buffers, and no number of them becomes a Python object.

A quick reader: it raises `Unsure` at whatever it cannot vouch for, and needs no words for what is wrong.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
import simdjson

from chainruler.memory import LEDGER, Cache
from chainruler.wire import base64
from chainruler.wire.arrays import DOCUMENTS_UNDER, ENCODED, MOST_AXES, Array
from chainruler.wire.brackets import brackets
from chainruler.wire.joined import Joined
from chainruler.wire.limits import DecodingLimits
from chainruler.wire.plain import BYTE_ORDER_MARK, Unsure
from chainruler.wire.slices import DEFAULT_SIZES, Sizes, Span, as_list, cut, slices
from chainruler.wire.tree import Document

Proxies = simdjson.Array
Members = simdjson.Object

SATURATED = 0xFFFFFF  # simdjson counts no further
BEYOND = 2**63

SMALL = 65_536
"""Bytes up to which the descriptions in a body are remembered."""

INT64 = np.dtype(np.int64)
FLOAT64 = np.dtype(np.float64)

# A parser takes no new document while a proxy of the last one lives, so each reading has one to itself. It is kept for
# its buffers, unless what it read at once was large. No lock: a list's append and pop are atomic.
_PARSERS: list[simdjson.Parser] = []
MOST_PARSERS = 2
LARGEST_KEPT = 2 * 2**20
BUFFERS = 5
"""The bytes of a parser's buffers for each byte of what it read at once."""
LEDGER.set_aside("parsers", MOST_PARSERS * BUFFERS * LARGEST_KEPT)

# What stands in the descriptions that were met last, by their text: values, lists, depth, members of one object, texts.
Counts = tuple[int, int, int, int, str]
_KNOWN: Cache[bytes, Counts] = LEDGER.cache("descriptions", lambda text, counts: 380 + len(text) + len(counts[-1]))


def read(
    body: bytes | bytearray, limits: DecodingLimits, arrays_under: Container[str], sizes: Sizes = DEFAULT_SIZES
) -> Document:
    """The document, if simdjson is sure to read it as `plain.read_exactly` would."""
    if body.startswith(BYTE_ORDER_MARK):
        raise Unsure
    try:
        parser = _PARSERS.pop()
    except IndexError:
        parser = simdjson.Parser()
    try:
        document, at_once = _read(parser, body, limits, arrays_under, sizes)
    except (ValueError, TypeError, RuntimeError, LookupError):  # simdjson's errors, and WireError
        raise Unsure from None  # this parser is let go: the traceback keeps proxies of it alive
    if len(_PARSERS) < MOST_PARSERS and at_once <= LARGEST_KEPT:
        _PARSERS.append(parser)
    return document


def _read(
    parser: simdjson.Parser, body: bytes | bytearray, limits: DecodingLimits, arrays_under: Container[str], sizes: Sizes
) -> tuple[Document, int]:
    """The document, and how many bytes the parser read at once, or a slice at most."""
    large: list[_Large] = []
    if len(body) > sizes.large:
        rest, spans = cut(body, sizes)
        whole = body if isinstance(body, bytearray) else bytearray(body)
        large = [_sliced(parser, whole, span, sizes, limits) for span in spans]
        body = rest
    root = parser.parse(body)
    if type(root) is not Members:
        raise Unsure
    reader = _Reader(limits, remembers=len(body) <= SMALL, large=large)
    document = reader.root(root, arrays_under)
    text = "\n".join(reader.texts)
    # as_buffer flattens whatever is nested in a row. If there is a bracket for each list that was seen, none is hidden;
    # an escaped bracket in a text could make up for one that is.
    in_texts = text.count("[")
    expected = reader.lists + in_texts
    if brackets(body, expected) != expected or (in_texts and b"\\u005" in body):
        raise Unsure
    if "\0" in text or expected + sum(one.lists for one in large) > limits.lists or reader.arrays > limits.arrays:
        raise Unsure
    return document, len(body)


class _Large(NamedTuple):
    """An array that was cut out of the body, and how many lists it is made of."""

    array: Array
    lists: int


def _sliced(parser: simdjson.Parser, body: bytearray, array: Span, sizes: Sizes, limits: DecodingLimits) -> _Large:
    """An array in slices, each a list by itself: with commas between them, their entries are one list."""
    joined, lists, opened = None, 1, 0
    for piece in slices(body, array, sizes):
        reader = _Reader(limits, remembers=False)
        with as_list(body, piece) as text:
            part = reader.whole(parser.parse(text))
        lists += reader.lists - 1
        if joined is None:
            often = reader.lists * (array[1] - array[0]) // (piece[1] - piece[0])
            opened = brackets(body, often, *array)
            inside = (reader.lists - 1) // max(len(part), 1)  # lists in each entry
            joined = Joined(part, (opened - 1) // inside if inside else body.count(b",", *array) + 1)
        joined.add(part)
    if joined is None or lists != opened:
        raise Unsure
    return _Large(joined.whole(), lists)


class _Reader:
    """Reads one document, and counts what it meets exactly as `tree.TreeReader` does."""

    __slots__ = ("arrays", "deepest", "large", "limits", "lists", "remembers", "texts", "values", "widest")

    def __init__(self, limits: DecodingLimits, *, remembers: bool, large: Sequence[_Large] = ()) -> None:
        self.limits = limits
        self.remembers = remembers
        self.large = large
        self.arrays = self.values = self.lists = self.deepest = self.widest = 0
        self.texts: list[str] = []

    def root(self, node: Any, arrays_under: Container[str], depth: int = 1) -> Document:
        """The whole document; the names of its members say which of them hold arrays, or are documents again."""
        members = self._keys(node, depth)
        for key in members:
            value = node[key]
            if key in arrays_under:
                members[key] = self._value(value, depth + 1, numeric=True)
            elif key in DOCUMENTS_UNDER and type(value) is Members:
                members[key] = self.root(value, arrays_under, depth + 1)
            elif self.remembers and type(value) is Members:
                members[key] = self._description(value, depth + 1)
            else:
                members[key] = self._value(value, depth + 1, numeric=False)
        return members

    def whole(self, node: Any) -> Array:
        """An array that is a document by itself."""
        array = self._array(node, 1) if type(node) is Proxies else None
        if not isinstance(array, np.ndarray):
            raise Unsure
        return array

    def _description(self, node: Any, depth: int) -> Any:
        """A model, a loss and the like: small, and the same in many requests. What was counted in it is remembered.

        The key is all that it says, so what is remembered of it holds; simdjson itself makes the objects, in C.
        """
        text = node.mini
        counts = _KNOWN.get(text)
        if counts is None:
            inner = _Reader(self.limits, remembers=False)
            inner._value(node, 1, numeric=False)
            counts = inner.values, inner.lists, inner.deepest, inner.widest, "\n".join(inner.texts)
            _KNOWN.put(text, counts)
        values, lists, deepest, widest, texts = counts
        self._enter(depth - 1 + deepest, values)
        if widest > self.limits.members:
            raise Unsure
        self.lists += lists
        self.texts.append(texts)
        return node.as_dict()

    def _keys(self, node: Any, depth: int) -> dict[str, Any]:
        """The members of an object, yet without values; each key must be there once."""
        keys = list(node)
        members = dict.fromkeys(keys)
        self._enter(depth, len(keys))
        if len(members) != len(keys) or len(keys) > self.limits.members:
            raise Unsure
        self.widest = max(self.widest, len(keys))
        self.texts += keys
        return members

    def _object(self, node: Any, depth: int, *, numeric: bool) -> Any:
        members = self._keys(node, depth)
        if numeric and members.keys() <= ENCODED:
            return self._encoded(node, members, depth)
        for key in members:
            members[key] = self._value(node[key], depth + 1, numeric=numeric)
        return members

    def _encoded(self, node: Any, members: dict[str, Any], depth: int) -> Any:
        """An array in base64, or the shape that stands for one."""
        for key in members:
            value = node[key]
            is_text = key == "base64" and type(value) is str
            members[key] = value if is_text else self._value(value, depth + 1, numeric=False)
        if "base64" not in members:
            return members
        self.arrays += 1
        return base64.array_of(members)

    def _value(self, value: Any, depth: int, *, numeric: bool) -> Any:
        kind = type(value)
        if kind is Proxies:
            return self._array(value, depth) if numeric else self._list(value, depth, numeric=False)
        if kind is Members:
            return self._object(value, depth, numeric=numeric)
        if kind is str:
            if numeric and value[:1] == "\0":
                return self._cut_out(int(value[1:]), depth)
            self.texts.append(value)
        elif kind is int and value >= BEYOND:
            raise Unsure
        return value

    def _list(self, node: Any, depth: int, *, numeric: bool) -> list[Any]:
        """A list that is no array: one of objects or of names, or any list where no arrays are."""
        self._enter(depth, len(node))
        self.lists += 1
        return [self._value(entry, depth + 1, numeric=numeric) for entry in node]

    def _array(self, node: Any, depth: int) -> Any:
        """The array of a nested list, or a list if it is one of objects or of names."""
        length = len(node)
        head = node[0] if length else None
        kind = type(head)
        if kind is str or kind is Members:
            return self._list(node, depth, numeric=True)
        self.arrays += 1
        if kind is not Proxies:
            if depth > self.limits.depth:
                raise Unsure
            self.lists += 1
            return _numbers(node, length, integers=kind is int)
        shape = self._shape(node, head, min(MOST_AXES, self.limits.depth - depth + 1))
        while type(head) is Proxies:
            head = head[0] if len(head) else None
        return _numbers(node, prod(shape), integers=type(head) is int).reshape(shape)

    def _cut_out(self, index: int, depth: int) -> Array:
        """The array for which a text stands."""
        array = self.large[index].array
        if depth + array.ndim - 1 > self.limits.depth:
            raise Unsure
        self.arrays += 1
        return array

    def _shape(self, node: Any, head: Any, axes: int) -> tuple[int, ...]:
        """The shape of a nested list, if all its rows are alike; whether they hold numbers alone is seen later."""
        length = len(node)
        if axes < 1 or length >= SATURATED:
            raise Unsure
        if type(head) is not Proxies:  # a row; its caller checks the rows beside it
            self.lists += 1
            return (length,)
        if len(head) and type(head[0]) is Proxies:
            (shape,) = {self._shape(row, row[0], axes - 1) for row in node}  # different ones raise ValueError
            self.lists += 1
            return (length, *shape)
        (width,) = set(map(len, node))  # as above
        if axes < 2 or width >= SATURATED:
            raise Unsure
        self.lists += length + 1
        return (length, width)

    def _enter(self, depth: int, entries: int) -> None:
        """Count what stands in one object or list, before it is gone into."""
        self.values += entries
        self.deepest = max(self.deepest, depth)
        if depth > self.limits.depth or self.values > self.limits.values:
            raise Unsure


def _numbers(node: Any, size: int, *, integers: bool) -> Array:
    """The numbers of a nested list, flat: int64 if every one is written as an integer, otherwise float64."""
    if integers:
        try:
            flat = np.frombuffer(node.as_buffer(of_type="i"), INT64)
        except TypeError:  # not an integer: a decimal number, or what "d" will refuse
            flat = np.frombuffer(node.as_buffer(of_type="d"), FLOAT64)
    else:
        flat = np.frombuffer(node.as_buffer(of_type="d"), FLOAT64)
    if flat.size != size:
        raise Unsure
    flat.setflags(write=False)
    return flat
