"""Documents as people would lay them out: what fits into a line stands in one, and so does a row of numbers."""

from __future__ import annotations

from typing import Any

import orjson

WIDTH = 100
INDENT = "  "


def laid_out(document: Any) -> bytes:
    """The document in JSON, to be read and changed."""
    return f"{_text(document, '')}\n".encode()


def _text(value: Any, indent: str) -> str:
    line = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    if not isinstance(value, list | dict):
        return line
    parsed = orjson.loads(line)
    spaced = _spaced(parsed)
    is_row = isinstance(parsed, list) and not any(isinstance(entry, list | dict) for entry in parsed)
    if is_row or len(indent) + len(spaced) <= WIDTH:
        return spaced
    deeper = indent + INDENT
    if isinstance(parsed, list):
        return "[\n" + ",\n".join(deeper + _text(entry, deeper) for entry in parsed) + f"\n{indent}]"
    members = (f"{deeper}{_spaced(key)}: {_text(entry, deeper)}" for key, entry in parsed.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def _spaced(value: Any) -> str:
    """The value in one line, with a space after each comma and colon."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_spaced(key)}: {_spaced(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_spaced, value))}]"
    return orjson.dumps(value).decode()
