"""Equal wrong answers, found by their signatures: up to rounding, whatever the answers are written like."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import Any

Signature = Mapping[str, Any]


def families(signatures: Sequence[Signature]) -> list[int]:
    """For each signature the place of the one that stands for all that are equal to it.

    The finest come first, so that a rounded answer joins the exact one that it may be, and not the other way round.
    What joins is compared with the one that stands for the family: differences do not add up from one to the next.
    """
    order = sorted(range(len(signatures)), key=lambda place: (signatures[place]["tolerance"], place))
    leaders: dict[str, list[tuple[float, int]]] = {}
    found = [0] * len(signatures)
    for place in order:
        one = signatures[place]
        known = leaders.setdefault(one["kind"], [])
        leader = _leader(one, known, signatures)
        if leader is None:
            insort(known, (one["numbers"][0], place))
        found[place] = place if leader is None else leader
    return found


def _leader(one: Signature, known: Sequence[tuple[float, int]], signatures: Sequence[Signature]) -> int | None:
    """The first of those known that it is equal to; only those whose largest entry is as large are looked at."""
    size = one["numbers"][0]
    slack = one["tolerance"] * size * (1 + one["tolerance"])
    for position in range(bisect_left(known, (size - slack, -1)), len(known)):
        other, place = known[position]
        if other > size + slack:
            return None
        pairs = zip(one["numbers"], signatures[place]["numbers"], strict=True)
        if all(abs(a - b) <= slack for a, b in pairs):
            return place
    return None
