"""What the left side of an assignment names: `dW2`, `grads["W2"]`, `W2.grad` and `dL_dW2` are the gradient by W2."""

from __future__ import annotations

import re
from collections.abc import Collection

_OBJECTIVE = r"(?:[JLEC]|NLL|loss|cost|error|objective)"
_GRADIENT = r"(?:gradient|grad)s?"
_SPELLINGS = tuple(
    re.compile(spelling, re.IGNORECASE)
    for spelling in (
        r"d_?(?P<name>.+)",
        rf"d_?{_OBJECTIVE}_?d_?(?P<name>.+)",
        rf"(?:{_GRADIENT}|g)_?(?:(?:of|wrt|by)_)?(?P<name>.+)",
        rf"(?P<name>.+?)(?:_?{_GRADIENT}|_g)",
        r"nabla_?(?P<name>.+)",
    )
)


def gradient_named(target: str, known: Collection[str]) -> str | None:
    """The name of those known that a left side is the gradient by; None for a name of one's own.

    >>> gradient_named("grads['W2']", ["W1", "W2"]), gradient_named("W1.grad", ["W1"]), gradient_named("dh", ["W1"])
    ('W2', 'W1', None)
    """
    plain = target.removeprefix("self.")
    keyed = re.fullmatch(r"(?P<of>[\w.]+)\[['\"](?P<key>\w+)['\"]\]", plain)
    attribute = re.fullmatch(rf"(?:.*\.)?(?P<key>\w+)\.(?:{_GRADIENT}|g)", plain)
    if attribute is not None:
        return _one_of(attribute["key"], known)
    if keyed is not None:
        bare = _one_of(keyed["key"], known) if re.search(r"d|g", keyed["of"], re.IGNORECASE) else None
        return bare or gradient_named(keyed["key"], known)
    found = (spelling.fullmatch(plain) for spelling in _SPELLINGS)
    named = next((name for match in found if match and (name := _one_of(match["name"], known))), None)
    return named if named is not None or "." not in plain else gradient_named(plain.partition(".")[2], known)


def plainly(target: str) -> str:
    """A left side without marks of how it is written: `hidden.g` is dhidden, and `z_bar2` is z2_bar."""
    return re.sub(r"_bar([0-9]+)$", r"\1_bar", re.sub(r"^(?:self\.)?(\w+)\.g(?:rad)?$", r"d\1", target))


def _one_of(name: str, known: Collection[str]) -> str | None:
    """The one that is meant; small letters are taken for large ones where that leaves one."""
    if name in known:
        return name
    alike = [one for one in known if one.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None
