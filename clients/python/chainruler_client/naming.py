"""Names of answers as students write them: dW2, grad_W2, W2_grad, grads["W2"] and dL_dW2 all mean W2."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

_OBJECTIVE = "(?:[JLEC]|loss|cost|error|objective)"
_D = "(?:d|∂|del|partial)_?"
_GRADIENTS = "(?:gradient|grad)s?"
SPELLINGS = tuple(
    re.compile(spelling, re.IGNORECASE)
    for spelling in (
        rf"""(?:{_GRADIENTS}|d|g)\[(['"]?)(?P<name>[^'"]+)\1\]""",
        rf"{_GRADIENTS}\.(?P<name>.+)",
        rf"(?P<name>.+)\.{_GRADIENTS}",
        rf"{_D}{_OBJECTIVE}[ _/]?{_D}(?P<name>.+)",
        rf"(?:{_GRADIENTS}|d|g|∂|∇|nabla)_?(?:(?:of|wrt|by)_)?(?P<name>.+)",
        rf"(?P<name>.+?)_?(?:{_GRADIENTS}|g)",
    )
)
"""How the gradient by `name` is spelled."""

ACTIVATIONS = re.compile(r"[ZA]\d+|[xX]")
"""Names that problems have beside those of their parameters."""
USUAL = re.compile(r"[WbZA]\d+|[xX]")
"""Names that problems usually have: for a problem whose parameters are not listed in it."""


class TwoAnswers(ValueError):
    """In the place of an answer that was submitted under two names, with different values."""


def named(answers: Mapping[str, Any], asked: Collection[str], problem: Mapping[str, Any] | str) -> dict[str, Any]:
    """The answers by the problem's names.

    A name that is asked for, or that the problem itself has, means itself. Two different answers that mean the same
    one leave TwoAnswers in its place: to choose between them would be a guess.
    """
    own = set() if isinstance(problem, str) else set(problem.get("parameters") or {})
    spelled: dict[str, list[str]] = {}
    for key in answers:
        spelled.setdefault(_meaning(key, asked, own), []).append(key)
    return {name: _only(name, keys, [answers[key] for key in keys]) for name, keys in spelled.items()}


def _meaning(key: str, asked: Collection[str], own: Collection[str]) -> str:
    if key in asked or key in own or ACTIVATIONS.fullmatch(key):
        return key
    for found in filter(None, (spelling.fullmatch(key) for spelling in SPELLINGS)):
        name = found["name"]
        meant = _known(name, asked) or _known(name, own)
        if meant is not None and meant != "loss":  # dloss is no name for the loss
            return meant
        if ACTIVATIONS.fullmatch(name) or (not own and USUAL.fullmatch(name)):
            return name
    return key


def _known(name: str, names: Iterable[str]) -> str | None:
    """The one of these names that is meant; small letters are taken for large ones where that leaves one."""
    if name in names:
        return name
    alike = [one for one in names if one.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _only(name: str, keys: list[str], values: list[Any]) -> Any:
    """The answer under these keys, if there is one."""
    if all(_same(values[0], other) for other in values[1:]):
        return values[0]
    listed = " and ".join(f'"{key[:40]}"' for key in keys[:3])
    return TwoAnswers(f"{listed} both mean {name}, and are different: one answer is wanted.")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str | Mapping) or isinstance(other, str | Mapping):
        return type(one) is type(other) and bool(one == other)
    try:
        return np.array_equal(one, other)
    except (TypeError, ValueError):
        return False
