"""LTI 1.3 Assignment and Grade Services: the score that is posted to Canvas, Moodle and the like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from chainruler.grading.platforms.platform import Platform, Report, as_json
from chainruler.grading.platforms.sheet import Sheet, refusal

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"


def now() -> str:
    """The time as AGS wants it: with a fraction of the second and a zone."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Lti(Platform):
    """A score; where an answer could not be read, the platform is told that somebody must look at it."""

    name: ClassVar[str] = "lti"
    user_id: str = ""
    timestamp: str = field(default_factory=now)

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        known = sheet.most > 0
        scores = {"scoreGiven": sheet.score, "scoreMaximum": sheet.most} if known else {}
        progress = "FullyGraded" if known and sheet.gradable else "PendingManual"
        return self._score(progress, "\n".join(sheet.lines), scores)

    def failed(self, why: str, answers: Sequence[str]) -> str:
        return self._score("PendingManual", refusal(why), {})

    def _score(self, progress: str, comment: str, scores: dict[str, Any]) -> str:
        document = {
            "userId": self.user_id,
            **scores,
            "activityProgress": "Completed",
            "gradingProgress": progress,
            "timestamp": self.timestamp,
            "comment": comment,
        }
        return as_json(document)
