"""The different ways in which answers are wrong: equal wrong answers are one way, with an example."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from chainruler.grading.classroom.alike import families
from chainruler.grading.mistakes.unknown import Unknown

Document = Mapping[str, Any]
LONGEST_FORMULA = 2000
"""Characters that a rubric takes."""
FEEDBACK = "Say here what is wrong."


@dataclass(frozen=True, eq=False)
class Way:
    """One way in which an answer is wrong, and who has it."""

    answer: str
    verdict: str
    causes: tuple[str, ...]
    """The codes of what explains it; none if nothing does."""
    certain: bool
    """Whether that is the only explanation; otherwise any of them may be."""
    who: tuple[str, ...]
    example: str
    """Whose answer the rest is taken from."""
    read_as: Document | None
    """The formula as it was understood; None of numbers."""
    message: str
    evidence: str
    error_band: str | None
    repair: Document | None
    credit: float | None
    """The part of the points that they have, on average."""
    entry: Document | None = None
    """What `rubric.mistakes` takes to name it, of a formula that nothing explains."""

    @property
    def is_unexplained(self) -> bool:
        """Whether it is wrong, and no mistake is known by which it comes about."""
        return self.verdict == "wrong" and not self.causes


class Wrong(NamedTuple):
    """One wrong answer, and whose it is."""

    id: str
    result: Document


def ways_of(wrong: Sequence[Wrong]) -> list[Way]:
    """The unexplained first, then the more frequent; among equals, the order of the class."""
    groups: dict[tuple[Any, ...], list[Wrong]] = {}
    for key, one in zip(_keys(wrong), wrong, strict=True):
        groups.setdefault(key, []).append(one)
    found = sorted((_way(group) for group in groups.values()), key=lambda way: (not way.is_unexplained, -len(way.who)))
    return list(_with_entries(found))


def causes_of(result: Document) -> tuple[str, ...]:
    """The codes of what explains an answer, each once."""
    return tuple(dict.fromkeys(one["code"] for one in result["diagnosis"] if one["code"] != Unknown.code))


def is_certain(result: Document) -> bool:
    """Whether nothing else explains the answer as well."""
    return all(one["confidence"] == "unique" for one in result["diagnosis"])


def _keys(wrong: Sequence[Wrong]) -> list[tuple[Any, ...]]:
    """What equal answers share. Only answers with the same verdict by the same mistakes are compared by value."""
    keys: list[tuple[Any, ...]] = []
    compared: dict[tuple[Any, ...], list[int]] = {}
    for place, (_, result) in enumerate(wrong):
        kind = (result["answer"], result["verdict"], causes_of(result), is_certain(result))
        same: object = _line(result)
        if same is None and result.get("signature"):
            compared.setdefault(kind, []).append(place)
        elif same is None:
            same = (result["read_as"] or {}).get("numpy") or ("" if kind[2] else place)
        keys.append((*kind, "as", same))
    for kind, places in compared.items():
        leaders = families([wrong[place].result["signature"] for place in places])
        for place, leader in zip(places, leaders, strict=True):
            keys[place] = (*kind, "by value", leader)
    return keys


def _line(result: Document) -> tuple[str, ...] | None:
    """The lines as somebody with these mistakes has them: they say what the numbers are, whatever they start from."""
    lines = [(one["where"] or {}).get("numpy", "") for one in result["diagnosis"]]
    told = result["read_as"] is None and bool(lines) and all(" = " in line for line in lines)
    return tuple(lines) if told else None


def _way(group: Sequence[Wrong]) -> Way:
    id_, result = group[0]
    shares = [one.result["score"] / one.result["max_score"] for one in group if one.result["max_score"]]
    return Way(
        answer=result["answer"],
        verdict=result["verdict"],
        causes=causes_of(result),
        certain=is_certain(result),
        who=tuple(one.id for one in group),
        example=id_,
        read_as=result["read_as"],
        message=result["message"],
        evidence=next((one["evidence"] for one in result["diagnosis"]), ""),
        error_band=result["error_band"],
        repair=result["repair"],
        credit=sum(shares) / len(shares) if shares else None,
    )


def _with_entries(ways: Sequence[Way]) -> Iterator[Way]:
    """The ways, those that staff may name with what to put into the rubric for it."""
    often: Counter[str] = Counter()
    for way in ways:
        formula = (way.read_as or {}).get("numpy", "")
        if not way.is_unexplained or not 0 < len(formula) <= LONGEST_FORMULA:
            yield way
            continue
        often[way.answer] += 1
        code = f"own_{re.sub('[^a-z0-9]', '', way.answer.lower())}_{often[way.answer]}"
        named = {"answer": way.answer, "formula": formula, "feedback": FEEDBACK, "credit": 0.0, "code": code}
        yield replace(way, entry=named)
