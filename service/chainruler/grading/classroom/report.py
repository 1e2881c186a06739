"""The report on a class: how many were right, answer by answer, and what the others have in common.

Each submission counts once, however many of its answers one mistake spoils. One in which nothing could be read counts
in no mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from chainruler.grading.classroom.ways import Way, Wrong, causes_of, is_certain, ways_of
from chainruler.grading.mistakes import Mistake

Document = Mapping[str, Any]
NOT_GRADED = "not_gradable"
OF_STAFF = "A mistake that the rubric names"
STATES = ("correct", "convention", "follows", "explained", "unexplained", "not_graded")
"""What an answer can be; AnswerCount has a number for each."""


class ClassSubmission(NamedTuple):
    """One submission of a class: its report, or why there is none."""

    id: str
    report: Document | None
    why: str = ""


@dataclass(frozen=True)
class AnswerCount:
    """How many submissions have what verdict on one answer."""

    answer: str
    max_score: float
    correct: int
    convention: int
    follows: int
    """Wrong, in a right step from wrong ones."""
    explained: int
    """Wrong, by a mistake that is known."""
    unexplained: int
    not_graded: int
    mean: float | None
    """The part of the points, over those that were graded."""


@dataclass(frozen=True)
class MistakeGroup:
    """A mistake, and the submissions in which it was made."""

    code: str
    title: str
    explanation: str
    who: tuple[str, ...]
    """Those in which it is the only explanation of some answer."""
    possible: tuple[str, ...]
    """Those in which it is one of several explanations, and no more."""
    answers: Mapping[str, int]
    """In how many submissions it explains which answer."""


@dataclass(frozen=True)
class Unread:
    """A reason for which an answer, or with None a whole submission, was not graded."""

    answer: str | None
    why: str
    who: tuple[str, ...]


@dataclass(frozen=True)
class ClassReport:
    """What a class got wrong."""

    submissions: int
    graded: int
    """Those with a verdict on at least one answer."""
    correct: int
    """Those in which every answer is right, at least but for a convention."""
    mean: float | None
    """The part of the points, over those that were graded."""
    wrong: int
    """How many answers are wrong, those included that follow from wrong ones."""
    without_cause: int
    """How many of these no known mistake explains."""
    answers: tuple[AnswerCount, ...]
    causes: tuple[MistakeGroup, ...]
    """The more frequent first."""
    ways: tuple[Way, ...]
    """The unexplained first, then the more frequent."""
    unread: tuple[Unread, ...]

    @property
    def unexplained(self) -> list[Way]:
        """The ways that no known mistake explains."""
        return [way for way in self.ways if way.is_unexplained]

    def document(self) -> dict[str, Any]:
        """The report in JSON."""
        return asdict(self)


def class_report(submissions: Sequence[ClassSubmission]) -> ClassReport:
    """The report on these submissions."""
    reports = [one.report for one in submissions if one.report is not None]
    graded = [report for report in reports if any(one["verdict"] != NOT_GRADED for one in report["results"])]
    marked = [Wrong(id_, result) for id_, report, _ in submissions if report for result in report["results"]]
    wrong = [one for one in marked if _state(one.result) in {"convention", "explained", "unexplained"}]
    by_answer: dict[str, list[Document]] = {}
    for one in marked:
        by_answer.setdefault(one.result["answer"], []).append(one.result)
    counts = [_counted(answer, results) for answer, results in by_answer.items()]
    return ClassReport(
        submissions=len(submissions),
        graded=len(graded),
        correct=sum(all(one["verdict"].startswith("correct") for one in report["results"]) for report in graded),
        mean=sum(report["fraction"] for report in graded) / len(graded) if graded else None,
        wrong=sum(one.follows + one.explained + one.unexplained for one in counts),
        without_cause=sum(one.unexplained for one in counts),
        answers=tuple(counts),
        causes=tuple(_causes(submissions)),
        ways=tuple(ways_of(wrong)),
        unread=tuple(_unread(submissions)),
    )


def _follows(result: Document) -> bool:
    return bool(result["follows"]) and not result["diagnosis"]


def _counted(answer: str, results: Sequence[Document]) -> AnswerCount:
    often = Counter(_state(result) for result in results)
    graded = [result for result in results if result["verdict"] != NOT_GRADED]
    most = sum(result["max_score"] for result in graded)
    return AnswerCount(
        answer=answer,
        max_score=max(result["max_score"] for result in results),
        **{state: often[state] for state in STATES},
        mean=sum(result["score"] for result in graded) / most if most else None,
    )


def _state(result: Document) -> str:
    """Which of the states an answer is in."""
    if result["verdict"] == "wrong":
        return "follows" if _follows(result) else "explained" if causes_of(result) else "unexplained"
    return {"correct": "correct", "correct_up_to_convention": "convention"}.get(result["verdict"], "not_graded")


def _causes(submissions: Sequence[ClassSubmission]) -> list[MistakeGroup]:
    told: dict[str, dict[str, None]] = {}
    certain: dict[str, dict[int, str]] = {}
    possible: dict[str, dict[int, str]] = {}
    answers: dict[str, Counter[str]] = {}
    for place, one in enumerate(submissions):
        for result in one.report["results"] if one.report is not None else ():
            for entry in result["diagnosis"]:
                told.setdefault(entry["code"], {})[entry["explanation"]] = None
            for code in causes_of(result):
                (certain if is_certain(result) else possible).setdefault(code, {})[place] = one.id
                answers.setdefault(code, Counter())[result["answer"]] += 1
    found = [
        MistakeGroup(
            code=code,
            title=Mistake.registry[code].title if code in Mistake.registry else OF_STAFF,
            explanation=" ".join(told[code]),  # mistakes of the rubric may share a code
            who=tuple(certain.get(code, {}).values()),
            possible=tuple(id_ for place, id_ in possible.get(code, {}).items() if place not in certain.get(code, {})),
            answers=dict(answers[code].most_common()),
        )
        for code in answers
    ]
    return sorted(found, key=lambda cause: (-len(cause.who), -len(cause.possible)))


def _unread(submissions: Sequence[ClassSubmission]) -> list[Unread]:
    """The reasons, those of whole submissions first, and then the more frequent."""
    found: dict[tuple[str | None, str], list[str]] = {}
    for id_, answer, why in _reasons(submissions):
        found.setdefault((answer, why), []).append(id_)
    listed = [Unread(answer, why, tuple(who)) for (answer, why), who in found.items()]
    return sorted(listed, key=lambda unread: (unread.answer is not None, -len(unread.who)))


def _reasons(submissions: Sequence[ClassSubmission]) -> Iterator[tuple[str, str | None, str]]:
    for id_, report, why in submissions:
        if report is None:
            yield id_, None, why
            continue
        for result in report["results"]:
            if result["verdict"] == NOT_GRADED:
                yield id_, result["answer"], result["message"]
