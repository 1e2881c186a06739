"""Graded submissions: verdicts, points, and the mistakes behind what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from chainruler_client.results.derivations import Formula
from chainruler_client.results.result import Array, Result

Verdict: TypeAlias = Literal["correct", "correct_up_to_convention", "wrong", "not_gradable"]


@dataclass(frozen=True, repr=False, eq=False)
class Diagnosis(Result):
    """A mistake that explains a wrong answer exactly."""

    always: ClassVar = ("code", "confidence", "where", "evidence", "hint", "explanation", "credit")

    code: str
    confidence: Literal["unique", "one_of"]
    """Whether nothing else explains it as well."""
    evidence: str
    hint: str
    explanation: str
    credit: float
    """The part of the points that it leaves."""
    where: dict[str, Any] | None = None
    """The part of the formula, or the line as somebody who makes the mistake has it: `numpy` and `span`."""


@dataclass(frozen=True, repr=False, eq=False)
class Marked(Result):
    """One answer, marked."""

    always: ClassVar = (
        *("answer", "verdict", "score", "max_score", "message", "hint", "read_as", "error_band", "diagnosis", "repair"),
        "follows",
    )

    answer: str
    verdict: Verdict
    score: float
    max_score: float
    message: str
    diagnosis: list[Diagnosis]
    hint: str | None = None
    read_as: Formula | None = None
    """How a formula was understood."""
    syntax: str | None = None
    """How it was taken to be written, where that was not said."""
    error_band: str | None = None
    """`close (looks rounded)`, or None: distances are never told."""
    repair: dict[str, Any] | None = None
    """The smallest change that makes a formula right: `numpy`, `latex` and `span`."""
    follows: list[str] = field(default_factory=list)
    """The wrong answers that a right step makes this one of."""
    signature: dict[str, Any] | None = None
    """What equal wrong answers share, if `signatures` asked for it."""
    worst_index: list[int] | None = None
    expected: Array | None = None

    @property
    def full(self) -> bool:
        """Whether it has all its points; without points the verdict decides."""
        return self.verdict.startswith("correct") if not self.max_score else self.score >= self.max_score


@dataclass(frozen=True, repr=False, eq=False)
class Graded(Result):
    """A graded submission; `str` of it is what its author may read."""

    score: float
    max_score: float
    fraction: float
    gradable: bool
    """Whether every answer could be read."""
    correct: bool
    """Whether every answer is right."""
    results: list[Marked]
    engine: dict[str, Any]
    """The version that graded, and the digest of the problem."""

    @property
    def unread(self) -> str:
        """Why there is no verdict on any answer, so that there are no points; nothing if there is one."""
        if any(one.verdict != "not_gradable" for one in self.results):
            return ""
        said: dict[str, list[str]] = {}
        for one in self.results:
            said.setdefault(one.message, []).append(one.answer)
        heads = {why: "" if all(name in why for name in them) else f"{', '.join(them)}: " for why, them in said.items()}
        told = [head + why for why, head in heads.items()]
        return " ".join(" ".join(told).split())

    def __str__(self) -> str:
        return "\n".join(line for one in self.results for line in _lines(one))


WORDS = {
    "correct": "right",
    "correct_up_to_convention": "right but for a convention",
    "wrong": "wrong",
    "not_gradable": "not graded, which is no verdict",
}


def _lines(one: Marked) -> list[str]:
    """What is said of one answer."""
    points = "" if one.verdict == "not_gradable" else f", {one.score:.10g} of {one.max_score:.10g} points"
    told = [f"{one.answer}: {WORDS.get(one.verdict, one.verdict)}{points}"]
    if one.verdict != "correct":
        told.append(f"  {one.message}")
        told += [f"  Hint: {one.hint}"] if one.hint else []
        told += [f"  Read as: {one.read_as.numpy}"] if one.read_as else []
    return told
