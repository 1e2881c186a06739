"""Submissions graded, and what tests and notebooks make of it: an exception that says which step is wrong and why."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from chainruler_client.calls import Problem
from chainruler_client.calls.grading import Answer
from chainruler_client.client import Client
from chainruler_client.errors import ChainrulerError, Fault, InvalidRequest
from chainruler_client.naming import named
from chainruler_client.problems import problem_in
from chainruler_client.results.grading import Graded, Marked

Submitted: TypeAlias = Answer | Exception | None
"""An answer; None for one that was not submitted, and an exception for one that cannot be read."""
Reveal: TypeAlias = Literal["score", "diagnosis", "index", "values"]
Hints: TypeAlias = Literal[1, 2, 3]

CREDIT = "Credit: "
"""How the last line of a failed assertion begins; the part of the points follows, for `chainruler_client.otter`."""


MISSING = "Nothing was submitted for {}."
REFUSAL = "Nothing was graded, and no points were taken."


class WrongGradients(AssertionError):
    """A submission that does not get all its points; `report` is what was found, if it came to that."""

    def __init__(self, message: str, report: Graded | None = None) -> None:
        super().__init__(message)
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the diagnosis, and not the lines of code that led here."""
        return [f"{type(self).__name__}: {self}"]


class NothingGraded(ChainrulerError):
    """There is no verdict, and not for the student's fault: the service is down, or the problem cannot be."""


def graded(
    problem: Problem | str,
    /,
    *,
    client: Client | None = None,
    rubric: Mapping[str, Any] | None = None,
    reveal: Reveal | None = None,
    hints: Hints | None = None,
    **answers: Submitted,
) -> Graded:
    """The report on what a student has: arrays, formulas, or nothing.

    What holds no numbers is not graded, as a formula that cannot be read is not. Without a client, the service is that
    of CHAINRULER_URL, or else this process itself.
    """
    return graded_submission(problem, answers, asked=answers, client=client, rubric=rubric, reveal=reveal, hints=hints)


def graded_submission(
    problem: Problem | str,
    answers: Mapping[str, Submitted],
    /,
    *,
    asked: Container[str] = (),
    client: Client | None = None,
    rubric: Mapping[str, Any] | None = None,
    reveal: Reveal | None = None,
    hints: Hints | None = None,
    signatures: bool | None = None,
) -> Graded:
    """The report on answers by names of the student's own: what nobody `asked` for may be none of the problem's."""
    problem = problem_in(problem)
    worth: Mapping[str, float] = (rubric or {}).get("points") or {}
    answers = named(answers, worth, problem)
    sent, trouble = _given(answers)
    points = {**dict.fromkeys(answers, 1.0), **worth}
    theirs = {name for name in answers if name not in asked and name not in worth}
    own = client or default_client()

    def ask() -> Graded:
        known = {name: most for name, most in points.items() if name in sent or name not in theirs}
        shown: dict[str, Any] = {"reveal": reveal, "hints": hints, "signatures": signatures}
        return own.grade(problem, sent, rubric={**(rubric or {}), "points": known}, **shown)

    try:
        report = _asked(ask, sent, trouble, theirs)
    finally:
        if client is None:
            own.close()
    return _with(report, trouble, points)


def assert_gradients(
    problem: Problem | str,
    /,
    *,
    client: Client | None = None,
    rubric: Mapping[str, Any] | None = None,
    reveal: Reveal | None = None,
    hints: Hints | None = None,
    **answers: Submitted,
) -> Graded:
    """Raise WrongGradients, with the diagnosis, unless the answers get all their points: (PROBLEM, W1=dW1, b1=db1)."""
    __tracebackhide__ = True
    report = graded(problem, client=client, rubric=rubric, reveal=reveal, hints=hints, **answers)
    if not all(one.full for one in report.results):
        raise WrongGradients(f"\n{report}\n{CREDIT}{report.fraction:.6g}", report)
    return report


def default_client() -> Client:
    """The service of CHAINRULER_URL, or else this process itself."""
    return Client() if os.environ.get("CHAINRULER_URL") else Client.local()


def _asked(
    ask: Callable[[], Graded], sent: dict[str, Any], trouble: dict[str, str], theirs: Container[str]
) -> Graded | None:
    """The report on what is sent; what the service refuses to read of a student's moves from there to the trouble."""
    while sent:
        try:
            return ask()
        except InvalidRequest as error:
            unread = {name: fault.message for fault in error.errors if (name := _blamed(fault, theirs)) in sent}
            if not unread or len(unread) < len(error.errors):
                raise NothingGraded(f"{REFUSAL} {error}") from error
            trouble |= unread
            for name in unread:
                del sent[name]
        except ChainrulerError as error:
            raise NothingGraded(f"{REFUSAL} {error}") from error
    return None


def _blamed(fault: Fault, theirs: Container[str]) -> str:
    """The answer that a fault is in; that the problem has none of this name is no fault of who was asked for it."""
    found = re.fullmatch("/(?:answers|rubric/points)/([^/]*)(/.+)?", fault.pointer)
    name = found[1].replace("~1", "/").replace("~0", "~") if found else ""
    return name if fault.code != "unknown_name" or name in theirs else ""


def _given(answers: Mapping[str, Submitted]) -> tuple[dict[str, Any], dict[str, str]]:
    """What can be sent, and what is wrong with the rest."""
    sent: dict[str, Any] = {}
    trouble: dict[str, str] = {}
    for name, answer in answers.items():
        if answer is None:
            trouble[name] = MISSING.format(name)
        elif isinstance(answer, Exception):
            trouble[name] = str(answer)
        elif isinstance(answer, str | Mapping):
            sent[name] = answer
        else:
            array = _array(answer)
            if array is None:
                trouble[name] = f"{name} is a {type(answer).__name__}, and no rectangular array of numbers."
            elif array.dtype.kind == "c":
                trouble[name] = f"{name} holds complex numbers, and gradients are real."
            elif not np.isfinite(array).all():
                trouble[name] = f"{name} holds numbers that are not finite."
            else:
                sent[name] = array
    return sent, trouble


def _array(answer: Any) -> Any:
    """The array in what a student has; None if there is none."""
    try:
        array = np.asarray(answer.detach().cpu() if hasattr(answer, "detach") else answer)
    except (ValueError, TypeError, RuntimeError):
        return None
    return array if array.dtype.kind in "fiuc" else None


def _with(report: Graded | None, trouble: Mapping[str, str], points: Mapping[str, float]) -> Graded:
    """The report with what was not sent in it; the service tells of missing answers by itself, but not why."""
    found = {one.answer: one for one in report.results} if report else {}
    missing = {name: MISSING.format(name) for name in points if name not in found}
    found |= {
        name: Marked(name, "not_gradable", 0.0, points[name], message, diagnosis=[])
        for name, message in {**missing, **trouble}.items()
    }
    results = [found[name] for name in dict.fromkeys([*points, *found])]
    score, most = sum(one.score for one in results), sum(one.max_score for one in results)
    return Graded(
        score,
        most,
        score / most if most else 0.0,
        all(one.verdict != "not_gradable" for one in results),
        all(one.verdict == "correct" for one in results),
        results,
        report.engine if report else {},
        request_id=report.request_id if report else None,
    )
