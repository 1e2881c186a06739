"""Classes made up with known structure: what everybody has for each answer, and what a grader makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainruler.grading.classroom.report import ClassSubmission

NOTHING: dict[str, Any] = {
    "message": "",
    "hint": None,
    "read_as": None,
    "error_band": None,
    "diagnosis": [],
    "repair": None,
    "follows": [],
}


class Have(NamedTuple):
    """What somebody has for an answer: the verdict, the points of 4, what explains it, and which value it is."""

    verdict: str
    score: float
    codes: tuple[str, ...] = ()
    value: int = 0
    certain: bool = True
    follows: tuple[str, ...] = ()


RIGHT = Have("correct", 4.0)
UNREAD = Have("not_gradable", 0.0)
KINDS = [
    RIGHT,
    UNREAD,
    Have("correct_up_to_convention", 3.0, ("transposed",), 1),
    Have("wrong", 4.0, follows=("Z2",)),
    Have("wrong", 3.0, ("missing_mean",), 2),
    Have("wrong", 2.0, ("missing_mean", "wrong_sign"), 3),
    Have("wrong", 2.0, ("missing_mean", "extra_mean"), 4, certain=False),
    *(Have("wrong", 0.0, (), value) for value in range(5, 9)),
]


def entry(code: str, *, certain: bool) -> dict[str, Any]:
    """One mistake of a diagnosis."""
    confidence = "unique" if certain else "one_of"
    told = {"code": code, "confidence": confidence, "where": None, "hint": "", "credit": 0.5}
    return {**told, "evidence": f"In dZ2, {code}", "explanation": f"It is {code}."}


def result(answer: str, have: Have, noise: float = 0.0) -> dict[str, Any]:
    """What the grader says of it; equal values have equal signatures, up to noise."""
    unexplained = have.verdict == "wrong" and not have.codes and not have.follows
    codes = have.codes or (("unknown",) if unexplained else ())
    numbers = np.random.default_rng(have.value).normal(size=5) * (1 + noise)
    numbers[0] = np.abs(numbers).max()
    return NOTHING | {
        "answer": answer,
        "verdict": have.verdict,
        "score": have.score,
        "max_score": 4.0,
        "message": have.verdict,
        "diagnosis": [entry(code, certain=have.certain) for code in codes],
        "follows": list(have.follows),
        "signature": {"kind": "array", "numbers": numbers.tolist(), "tolerance": 1e-6} if have.value else None,
    }


def report(haves: Mapping[str, Have], noise: float = 0.0) -> dict[str, Any]:
    """The report on one submission."""
    results = [result(answer, have, noise) for answer, have in haves.items()]
    score, most = sum(one["score"] for one in results), sum(one["max_score"] for one in results)
    return {"score": score, "max_score": most, "fraction": score / most, "results": results}


def submitted(people: Sequence[Mapping[str, Have] | None], seed: int = 0) -> list[ClassSubmission]:
    """A class of these people; of None, nothing could be read."""
    random = np.random.default_rng(seed)
    return [
        ClassSubmission(f"s{n}", None, "It is not JSON.")
        if haves is None
        else ClassSubmission(f"s{n}", report(haves, noise))
        for n, (haves, noise) in enumerate(zip(people, 1e-9 * random.normal(size=len(people)), strict=True))
    ]


def drawn(seed: int, size: int) -> list[Mapping[str, Have] | None]:
    """What the people of a random class have; some with few kinds of mistakes, some with all."""
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.full(len(KINDS), 0.4))
    people: list[Mapping[str, Have] | None] = []
    for _ in range(size):
        picked = random.choice(len(KINDS), size=3, p=weights)
        haves = {answer: KINDS[kind] for answer, kind in zip(("Z2", "W2", "b1"), picked, strict=True)}
        people.append(None if random.random() < 0.1 else haves)
    return people
