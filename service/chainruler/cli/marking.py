"""Submissions marked one after the other: a fault of one costs no other, and what cannot be graded has no points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from chainruler.cli.complaints import Complaint
from chainruler.cli.failures import BAD_INPUT, UNREACHABLE, failure_of
from chainruler.cli.processes import CAN_FORK, results
from chainruler.cli.reading.submissions import Answers, PendingSubmission, Skipped, Work
from chainruler_client import ChainrulerError, Client
from chainruler_client.grading import graded_submission
from chainruler_client.naming import named
from chainruler_client.results import Graded

ALL_RIGHT, WRONG = 0, 1
FEW = 20
"""A smaller class is graded before several processes would be of use."""


class Row(NamedTuple):
    """One submission: its report, or why there is none."""

    id: str
    outcome: Graded | Exception

    @property
    def graded(self) -> Graded | None:
        """The report, if there is a verdict on any answer: without one there are no points, and no zero either."""
        return self.outcome if isinstance(self.outcome, Graded) and not self.why else None

    @property
    def why(self) -> str:
        """Why nothing was graded, in a sentence; nothing if something was."""
        if isinstance(self.outcome, Graded):
            return self.outcome.unread
        return failure_of(self.outcome).faults[0].message

    @property
    def is_skipped(self) -> bool:
        """Whether it is no submission, but another file in their folder."""
        return isinstance(self.outcome, Skipped)


@dataclass(frozen=True)
class Assignment:
    """What all submissions share: the problem, the rubric, and how much is told."""

    problem: dict[str, Any]
    rubric: dict[str, Any]
    reveal: Any = None
    hints: Any = None
    signatures: bool | None = None
    latex: bool = False
    """Whether formulas are in LaTeX; told from the text unless said."""

    def answers(self, submission: PendingSubmission) -> Answers | Work:
        """The answers in a submission, by the problem's own names; what nobody asked for is not looked at."""
        asked, answers = asked_in(self.rubric), submission.answers()
        if isinstance(answers, str):
            return answers
        if self.latex:
            answers = {name: _in_latex(answer) for name, answer in answers.items()}
        found = named(answers, asked, submission.problem or self.problem)
        answers = {name: answer for name, answer in found.items() if not asked or name in asked}
        if found and not answers:  # perhaps under names that nobody can guess
            there = ", ".join(f'"{name[:40]}"' for name in list(found)[:3])
            wanted = Complaint(f"No name here means {', '.join(asked)}; there is only {there}.")
            return dict.fromkeys(asked, wanted)
        return answers

    def report(self, client: Client, submission: PendingSubmission) -> Graded:
        """The report on one submission."""
        asked, problem = asked_in(self.rubric), submission.problem or self.problem
        answers = self.answers(submission)
        if not asked and not answers:
            hint = "Is it there? With points for each answer in the rubric, it would be known what is missing."
            raise Complaint(f'Nothing was submitted as "{submission.id}".', hint=hint)
        told = {"rubric": self.rubric, "reveal": self.reveal, "hints": self.hints, "signatures": self.signatures}
        if isinstance(answers, str):
            return client.grade(problem, answers, **told)
        return graded_submission(problem, answers, asked=asked, client=client, **told)


def _in_latex(answer: Any) -> Any:
    """A formula that is said to be in LaTeX; anything else as it is."""
    return {"formula": answer, "syntax": "latex"} if isinstance(answer, str) else answer


def asked_in(rubric: Mapping[str, Any]) -> list[str]:
    """The answers that are asked for: those with points; if there are none, it is whatever is submitted."""
    points = rubric.get("points")
    return list(points) if isinstance(points, Mapping) else []


def marked(
    client: Client, submissions: Sequence[PendingSubmission], posed: Assignment, workers: int = 1
) -> Iterator[Row]:
    """A row for each submission; once there is no service any more, it is not asked again and again.

    Of a class, copies of this process grade all but the first, which prepares what they share. A submission of which
    they have no report, as it failed or they did, is graded here, where its error is whole.
    """
    outcomes = [_outcome(client, submission, posed) for submission in submissions[:1]]
    coming: Iterator[Graded | None] = iter(())
    if CAN_FORK and workers > 1 and len(submissions) > FEW:
        coming = results(lambda index: _report(client, submissions[index + 1], posed), len(submissions) - 1, workers)
    return _rows(client, submissions, posed, chain(outcomes, coming))


def _rows(
    client: Client,
    submissions: Sequence[PendingSubmission],
    posed: Assignment,
    reports: Iterator[Graded | Exception | None],
) -> Iterator[Row]:
    down: Exception | None = None
    for submission in submissions:
        outcome = next(reports, None) or down or _outcome(client, submission, posed)
        if down is None and isinstance(outcome, Exception) and failure_of(outcome).code == UNREACHABLE:
            down = _why_nobody_answers(client)
        yield Row(submission.id, outcome)


def _report(client: Client, submission: PendingSubmission, posed: Assignment) -> Graded | None:
    outcome = _outcome(client, submission, posed)
    return outcome if isinstance(outcome, Graded) else None


def _outcome(client: Client, submission: PendingSubmission, posed: Assignment) -> Graded | Exception:
    try:
        return posed.report(client, submission)
    except Exception as error:  # noqa: BLE001 (also of a fault of this program: the others are graded)
        return error


def _why_nobody_answers(client: Client) -> Exception | None:
    """What is wrong with the service; nothing, if it answers: then the one submission brought it to its fault."""
    try:
        client.live()
    except ChainrulerError as error:
        return error
    return None


def code_of(rows: Sequence[Row]) -> int:
    """0 if everything is right, and 1 if something is wrong with somebody's submission."""
    right = all(isinstance(row.outcome, Graded) and row.outcome.correct for row in rows if not row.is_skipped)
    return ALL_RIGHT if right else WRONG


def trouble(rows: Sequence[Row]) -> Exception | None:
    """What is no student's fault: the service is down, this program is broken, or nothing at all can be graded."""
    tried = [row.outcome for row in rows if not row.is_skipped]
    failed = [outcome for outcome in tried if isinstance(outcome, Exception)]
    grave = [error for error in failed if failure_of(error).code != BAD_INPUT]
    if not tried:
        return Complaint("There is no submission in what was named.")
    if grave:
        return grave[0]
    return failed[0] if len(failed) == len(tried) else None
