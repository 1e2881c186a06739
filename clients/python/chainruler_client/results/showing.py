"""How results look: one line for a terminal, a plain table for a notebook; shapes in place of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

LONGEST = 60
MOST = 12


def line(name: str, members: Mapping[str, Any]) -> str:
    """As a call that would make it, with shapes in place of arrays."""
    return f"{name}({', '.join(f'{key}={short(value)}' for key, value in members.items())})"


def short(value: Any) -> str:
    """The value in a few words."""
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} {value.shape}>"
    if isinstance(value, dict):
        return "{" + ", ".join(_few([f"{key}: {short(entry)}" for key, entry in value.items()])) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_few([short(entry) for entry in value])) + "]"
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def table(name: str, members: Mapping[str, Any]) -> str:
    """As an HTML table with a row for each member, and for each entry of a member that has names."""
    from html import escape  # noqa: PLC0415  (only notebooks need it)

    rows = [row for key, value in members.items() for row in _rows(key, value)]
    body = "".join(f"<tr><th>{escape(key)}</th><td>{escape(told)}</td></tr>" for key, told in rows)
    return f"<table><caption>{escape(name)}</caption><tbody>{body}</tbody></table>"


def _rows(key: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [(f"{key}.{name}", short(entry)) for name, entry in value.items()]
    if isinstance(value, list) and value:
        return [(f"{key}[{index}]", str(entry)) for index, entry in enumerate(value)]
    return [(key, value if isinstance(value, str) else short(value))]


def _few(texts: list[str]) -> list[str]:
    """The first of them, and how many more there are."""
    return texts if len(texts) <= MOST else [*texts[:MOST], f"… {len(texts) - MOST} more"]
