"""From a tree of Python objects, as a JSON parser makes it, to a document: the rules, and what breaks them.

This is the definition of what is read. `simd` is a fast path beside it, which either comes to the same document or
leaves the body to this one.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from chainruler.wire import base64, nested
from chainruler.wire.arrays import APART_UNDER, DOCUMENTS_UNDER, ENCODED, Array
from chainruler.wire.errors import DocumentTooLarge, Faults, Invalid, WireError, pointer
from chainruler.wire.limits import DecodingLimits

Document = dict[str, Any]

NO_TEXT = re.compile("[\0\ud800-\udfff]")


class Doubled(dict[str, Any]):
    """An object in which `key` stands twice: a parser that notices hands it on, and the reader says where it is."""

    key = ""


class TreeReader:
    """Reads one tree, and counts what it meets."""

    def __init__(self, limits: DecodingLimits, arrays_under: Container[str]) -> None:
        self.limits = limits
        self.arrays_under = arrays_under
        self.arrays = self.values = self.members = self.colons = 0
        self.largest = 0.0  # magnitude of any float: a lenient parser makes floats of integers beyond 64 bits

    def document(self, tree: object) -> Document:
        """The document; its root must be an object."""
        if not isinstance(tree, dict):
            raise Invalid("not_an_object", "", f"The document must be a JSON object, and is {nested.kind_of(tree)}.")
        result: Document = self._object(tree, 1, numeric=None)
        return result

    def _object(self, members: dict[str, Any], depth: int, *, numeric: bool | None, apart: str = "") -> Any:
        """An object whose lists are arrays (`numeric`), or are not, or are by their names (None: in a document).

        `apart` is its own name, if its members are independent of one another.
        """
        self._enter(depth, len(members))
        self.members += len(members)
        if isinstance(members, Doubled):
            raise Invalid("duplicate_key", pointer(members.key), "stands twice in its object.", "Send each key once.")
        if len(members) > self.limits.members:
            raise DocumentTooLarge("too_many_members", "", f"has more than {self.limits.members} members.")
        if numeric and members.keys() <= ENCODED:
            return self._encoded(members, depth)
        result, faults = {}, Faults()
        for key, value in members.items():
            try:
                self._text(key)
                result[key] = self._member(key, value, depth + 1, numeric=numeric, apart=apart)
            except Invalid as error:
                faults.add(error.below(key))
            except WireError as error:
                raise error.below(key) from None
        faults.end()
        return result

    def _member(self, key: str, value: object, depth: int, *, numeric: bool | None, apart: str) -> Any:
        """A member of an object; if it is one of several that are independent and cannot be read, the error."""
        if numeric is None and key in APART_UNDER and isinstance(value, dict):
            return self._object(value, depth, numeric=self._below(key), apart=key)
        try:
            return self._value(value, depth, numeric=self._below(key) if numeric is None else numeric)
        except Invalid as error:
            if not apart:
                raise
            return error.below(apart, key)

    def _below(self, key: str) -> bool | None:
        """Whether lists below a member of a document are arrays; None if it is a document again."""
        return None if key in DOCUMENTS_UNDER else key in self.arrays_under

    def _encoded(self, members: dict[str, Any], depth: int) -> Any:
        """An array in base64, or the shape that stands for one."""
        plain = {}
        for key, value in members.items():
            try:
                # The text of base64 is not looked through here: decoding it refuses whatever does not belong there.
                is_text = key == "base64" and isinstance(value, str)
                plain[key] = value if is_text else self._value(value, depth + 1, numeric=False)
            except WireError as error:
                raise error.below(key) from None
        if "base64" not in plain:
            return plain
        self._count_array()
        return base64.array_of(plain)

    def _value(self, value: Any, depth: int, *, numeric: bool | None) -> Any:
        if isinstance(value, list):
            is_array = numeric and not (value and isinstance(value[0], str | dict))
            return self._array(value, depth) if is_array else self._list(value, depth, numeric=bool(numeric))
        if isinstance(value, dict):
            return self._object(value, depth, numeric=numeric)
        if isinstance(value, str):
            self._text(value)
        elif isinstance(value, float):
            self.largest = max(self.largest, abs(value))
            if not nested.fits_float64(value):
                raise nested.not_finite()
        elif isinstance(value, int) and not nested.fits_int64(value):
            raise nested.out_of_range()
        return value

    def _list(self, entries: list[Any], depth: int, *, numeric: bool) -> list[Any]:
        """A list that is no array: one of objects or of names, or any list where no arrays are."""
        self._enter(depth, len(entries))
        result, faults = [], Faults()
        for index, entry in enumerate(entries):
            try:
                result.append(self._value(entry, depth + 1, numeric=numeric))
            except Invalid as error:
                faults.add(error.below(index))
            except WireError as error:
                raise error.below(index) from None
        faults.end()
        return result

    def _array(self, entries: list[Any], depth: int) -> Array:
        self._count_array()
        array = nested.array_of(entries, self.limits.depth - depth + 1)
        if array.dtype.kind == "f" and array.size:
            self.largest = max(self.largest, float(array.max()), -float(array.min()))
        return array

    def _enter(self, depth: int, entries: int) -> None:
        """Count what stands in one object or list, before it is gone into."""
        if depth > self.limits.depth:
            raise nested.too_deep()
        self.values += entries
        if self.values > self.limits.values:
            raise DocumentTooLarge(
                "too_many_values", "", f"More than {self.limits.values} values stand outside arrays."
            )

    def _count_array(self) -> None:
        self.arrays += 1
        if self.arrays > self.limits.arrays:
            raise DocumentTooLarge("too_many_arrays", "", f"More than {self.limits.arrays} arrays are in the document.")

    def _text(self, text: str) -> None:
        """Refuse text that could not be stored, printed or sent back."""
        self.colons += text.count(":")
        if not (text.isascii() and text.isprintable()) and NO_TEXT.search(text):
            raise Invalid("invalid_text", "", "holds a NUL or half of a surrogate pair: that is no text.")
