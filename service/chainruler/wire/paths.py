"""Paths in a document: `parameters.W1` for what has no dot in its names, `/parameters/layers.0.weight` for what has."""

from __future__ import annotations

from typing import Any

from chainruler.wire.errors import Invalid, Malformed, pointer

Keys = tuple[str | int, ...]


def path_of(keys: Keys) -> str:
    """The keys as one text that no other keys have."""
    texts = [str(key) for key in keys]
    if any("." in text or not text for text in texts) or texts[0][0] in "/_":
        return "".join("/" + text.replace("~", "~0").replace("/", "~1") for text in texts)
    return ".".join(texts)


def keys_of(path: str, deepest: int) -> list[str]:
    """The keys that a path names; an index of a list is among them as text."""
    if path.startswith("/"):
        keys = [text.replace("~1", "/").replace("~0", "~") for text in path[1:].split("/")]
    else:
        keys = path.split(".")
        if "" in keys:
            raise Invalid("malformed_path", "", "The key of a tensor must be its path in the document: parameters.W1.")
    if len(keys) > deepest:
        raise Malformed("too_deep", "", f"The key of a tensor leads deeper than {deepest}.")
    return keys


def place(document: dict[str, Any], keys: list[str], array: object) -> None:
    """Put an array into the document; objects on the way are made, lists must be there, with null where it goes."""
    inner: Any = document
    for key in keys[:-1]:
        inner = _entered(inner, key, keys)
    key = keys[-1]
    if isinstance(inner, dict) and inner.get(key) is None:
        inner[key] = array
    elif isinstance(inner, list) and inner[_index(inner, key, keys)] is None:
        inner[_index(inner, key, keys)] = array
    else:
        raise _taken(keys)


def _entered(inner: Any, key: str, keys: list[str]) -> Any:
    """What stands under a key: an object is made where there is nothing."""
    if isinstance(inner, dict):
        if inner.get(key) is None:
            inner[key] = {}
        return inner[key]
    if not isinstance(inner, list):
        raise _taken(keys)
    index = _index(inner, key, keys)
    if inner[index] is None:
        inner[index] = {}
    return inner[index]


def _index(entries: list[Any], key: str, keys: list[str]) -> int:
    """The index of an entry that the list has."""
    if not (key.isascii() and key.isdecimal() and len(key) < 8 and int(key) < len(entries)):
        message = "leads to an entry that the list in the document does not have."
        raise Invalid("malformed_path", pointer(*keys), message, "Put a null or an object there for each entry.")
    return int(key)


def _taken(keys: list[str]) -> Invalid:
    return Invalid("duplicate_key", pointer(*keys), "is in the document and a tensor at once.", "Send it once.")
