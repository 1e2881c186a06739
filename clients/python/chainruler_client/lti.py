"""Scores posted by LTI 1.3's Assignment and Grade Services, through PyLTI1p3 or whatever has its `put_grade`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, TypeAlias

from chainruler_client.errors import ChainrulerError
from chainruler_client.grading import REFUSAL
from chainruler_client.results.grading import Graded

Progress: TypeAlias = Literal["FullyGraded", "Pending", "PendingManual"]

_LOCK = threading.Lock()
_LAST = datetime.min.replace(tzinfo=UTC)


class Score:
    """A score as `AssignmentsGradesService.put_grade` takes it."""

    def __init__(self, user_id: str, progress: Progress, comment: str, report: Graded | None = None) -> None:
        self.progress = progress
        scores = {"scoreGiven": report.score, "scoreMaximum": report.max_score} if report else {}
        self.document: dict[str, Any] = {
            "userId": user_id,
            **scores,
            "activityProgress": "Completed",
            "gradingProgress": progress,
            "timestamp": timestamp(),
            "comment": "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in comment),
        }

    def get_value(self) -> str:
        """The document as JSON."""
        return json.dumps(self.document, allow_nan=False)


class Service(Protocol):
    """What is needed of `AssignmentsGradesService`."""

    def put_grade(self, grade: Any, lineitem: Any = None) -> Any:
        """Post a score."""


def timestamp() -> str:
    """The time, later than ever before in this process: a platform drops what is not newer than what it has."""
    global _LAST  # noqa: PLW0603  (the clock of a process is one)
    with _LOCK:
        _LAST = max(datetime.now(UTC), _LAST + timedelta(microseconds=1))
        return _LAST.isoformat(timespec="microseconds")


def put_grade(
    service: Service,
    user_id: str,
    grading: Graded | Callable[[], Graded],
    *,
    lineitem: Any = None,
    attempts: int = 3,
    pause: float = 1.0,
) -> Score:
    """The score that was posted last: of a report, or of one that is made here and may need several attempts.

    The platform is told `Pending` while it is tried again, and `PendingManual`, without any points, in the end: that
    the grader is down is never a zero. Where an answer could not be read it is `PendingManual` too, with the points so
    far. Errors of the platform are raised.
    """

    def told_pending() -> None:
        service.put_grade(Score(user_id, "Pending", "Grading takes longer than usual."), lineitem)

    report, why = _made(grading if callable(grading) else lambda: grading, attempts, pause, told_pending)
    score = Score(user_id, "PendingManual", why) if report is None else _of(user_id, report)
    service.put_grade(score, lineitem)
    return score


def _made(
    make: Callable[[], Graded], attempts: int, pause: float, told_pending: Callable[[], None]
) -> tuple[Graded | None, str]:
    """The report, or why there is none after all attempts; after the first one it is told that it takes time."""
    why = ""
    for attempt in range(attempts):
        try:
            return make(), ""
        except ChainrulerError as error:
            why = str(error) if str(error).startswith(REFUSAL) else f"{REFUSAL} {error}"
        if attempt + 1 < attempts:
            if attempt == 0:
                told_pending()
            time.sleep(pause * 2**attempt)
    return None, why


def _of(user_id: str, report: Graded) -> Score:
    comment = f"{report.score:.10g} of {report.max_score:.10g} points.\n{report}"
    known = any(one.verdict != "not_gradable" for one in report.results) and report.max_score > 0
    final = known and report.gradable
    return Score(user_id, "FullyGraded" if final else "PendingManual", comment, report if known else None)
