"""A report as platforms show it: scores within their bounds, and texts that can stand anywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

LONGEST = 2000
"""Characters of what is said of one answer: of a hundred answers, less than the megabyte that PrairieLearn reads."""
MOST_SHOWN = 100
"""Numbers of an array that are shown."""
VERDICTS = {
    "correct": "right",
    "correct_up_to_convention": "right but for a convention",
    "wrong": "wrong",
    "not_gradable": "not graded",
}
OPEN = "Not graded, which is no verdict. "
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot carry, terminals obey, and encoders refuse."""


@dataclass(frozen=True)
class MarkedAnswer:
    """One answer, marked."""

    name: str
    verdict: str
    score: float
    most: float
    text: str
    """What the student reads of it, in lines."""
    codes: tuple[str, ...]
    """The mistakes that may be behind it."""

    @property
    def gradable(self) -> bool:
        """Whether there is a verdict."""
        return self.verdict != "not_gradable"

    @property
    def full(self) -> bool:
        """Whether nothing is missing; without points the verdict decides."""
        return self.verdict.startswith("correct") if not self.most else self.gradable and self.score >= self.most

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        if not self.gradable:
            return f"{self.name}: not graded"
        verdict = VERDICTS.get(self.verdict, self.verdict)
        return f"{self.name}: {verdict}, {points(self.score)} of {points(self.most)} points"


@dataclass(frozen=True)
class Sheet:
    """All answers, and what they come to."""

    answers: tuple[MarkedAnswer, ...]
    score: float
    most: float
    fraction: float
    engine: Mapping[str, Any]

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Sheet:
        """The sheet of a report, from which what is null may be absent; points move to the nearest bound."""
        most = _number(report["max_score"], math.inf)
        score = _number(report["score"], most)
        fraction = score / most if most else _number(report["fraction"], 1.0)
        answers = tuple(_marked(result) for result in report["results"])
        return cls(answers, score, most, fraction, report["engine"])

    @property
    def gradable(self) -> bool:
        """Whether there is a verdict on every answer."""
        return all(answer.gradable for answer in self.answers)

    @property
    def unread(self) -> str:
        """Why there is no verdict on any answer; nothing if there is one, or nothing was asked."""
        if any(answer.gradable for answer in self.answers):
            return ""
        said: dict[str, list[str]] = {}
        for answer in self.answers:
            said.setdefault(answer.text.removeprefix(OPEN), []).append(answer.name)
        heads = {why: "" if all(name in why for name in them) else f"{', '.join(them)}: " for why, them in said.items()}
        told = [head + why for why, head in heads.items()]
        return " ".join(told)

    @property
    def full(self) -> bool:
        """Whether nothing is missing."""
        return all(answer.full for answer in self.answers)

    @property
    def headline(self) -> str:
        """The score in a sentence, and what it leaves open."""
        open_ones = ", ".join(answer.name for answer in self.answers if not answer.gradable)
        return f"{points(self.score)} of {points(self.most)} points." + (
            f" Not graded: {open_ones}." if open_ones else ""
        )

    @property
    def lines(self) -> list[str]:
        """Everything that is said, in lines that no text of a student's begins."""
        told = [f"- {answer.name}: {line}" for answer in self.answers for line in answer.text.splitlines()]
        return [self.headline, *told]


def clean(text: object, longest: int = LONGEST) -> str:
    """The text without what cannot be printed, and not longer than this."""
    kept = UNPRINTABLE.sub("\ufffd", str(text).replace("\r\n", "\n"))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def points(number: float) -> str:
    """A number of points as a person writes it."""
    return f"{number:.10g}"


def refusal(why: str) -> str:
    """What is said when nothing was graded, in one line: what a student wrote begins none."""
    return f"Nothing was graded, and no points were taken: {' '.join(clean(why).split())}"


def _marked(result: Mapping[str, Any]) -> MarkedAnswer:
    most = _number(result["max_score"], math.inf)
    score = _number(result["score"], most)
    codes = tuple(dict.fromkeys(_word(entry["code"]) for entry in result["diagnosis"]))
    return MarkedAnswer(_word(result["answer"]), result["verdict"], score, most, _told(result), codes)


def _word(text: str) -> str:
    """A name in one line."""
    return " ".join(clean(text, 64).split())


def _told(result: Mapping[str, Any]) -> str:
    """What is said of one answer."""
    lines = [result["message"]]
    if result["verdict"] == "not_gradable":
        lines = [f"{OPEN}{result['message']}"]
    if result.get("hint"):
        lines.append(f"Hint: {result['hint']}")
    if result.get("read_as") and result["verdict"] != "correct":
        lines.append(f"Read as: {result['read_as']['numpy']}")
    if result.get("worst_index") is not None:
        lines.append(f"The first wrong entry is at {list(result['worst_index'])}.")
    if result.get("expected") is not None:
        shown = np.array2string(np.asarray(result["expected"]), threshold=MOST_SHOWN)
        lines.append(f"Right is {shown}")
    return clean("\n".join(lines))


def _number(value: float, most: float) -> float:
    """A number of points between 0 and the most."""
    if not math.isfinite(value):
        raise ValueError("A score is not a finite number, so that there is none to hand on.")
    return min(max(float(value), 0.0), most)
