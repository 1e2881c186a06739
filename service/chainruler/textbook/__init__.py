"""The worked systems of the textbooks: one JSON file each, a problem that can be posted as it stands.

An entry has a `title`, what it is `about`, the `problem`, and the `training` that its course does: what a step takes.

>>> from chainruler.textbook import names, problem
>>> names()[0], problem("two_two_two")["data"]
('class_vectors', {'x': [[0.05, 0.1]], 'y': [[0.01, 0.99]]})
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["entry", "names", "problem"]


@cache
def names() -> tuple[str, ...]:
    """The names of all systems: those of the files beside this one."""
    return tuple(sorted(f.name.removesuffix(".json") for f in files(__name__).iterdir() if f.name.endswith(".json")))


def entry(name: str) -> dict[str, Any]:
    """All that is known of a system; KeyError if there is none of this name."""
    if name not in names():
        raise KeyError(name)
    loaded: dict[str, Any] = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def problem(name: str) -> dict[str, Any]:
    """The problem itself: model, loss, regularization, parameters and data."""
    system: dict[str, Any] = entry(name)["problem"]
    return system
