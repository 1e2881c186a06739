"""The score of LTI 1.3 AGS: https://www.imsglobal.org/spec/lti-ags/v2p0/."""

from __future__ import annotations

import json
import re
from typing import Any

from chainruler.grading import platforms
from tests.grading.platforms.reports import (
    ALL_RIGHT,
    MIXED,
    UNREADABLE_ALONE,
    WITH_UNREADABLE,
    any_report,
    misfits,
    report,
    result,
)

NEEDED = {
    "userId": str,
    "activityProgress": {"Initialized", "Started", "InProgress", "Submitted", "Completed"},
    "gradingProgress": {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"},
    "timestamp": str,
    "comment": str,
}
SCORES = {"scoreGiven": float, "scoreMaximum": float}
TIME = "2026-11-20T09:35:57.725000+00:00"


def written(told: dict[str, Any]) -> dict[str, Any]:
    """The document that is written."""
    document: dict[str, Any] = json.loads(platforms.formatted(told, "lti", user_id="u1", timestamp=TIME))
    return document


@any_report
def test_ags_knows_everything_in_it(told: dict[str, Any]) -> None:
    """Both scores or none, a maximum above 0, and what Canvas wants of every score."""
    document = written(told)

    assert misfits(document, NEEDED, SCORES) == []
    assert len(SCORES.keys() & document.keys()) in {0, 2}
    assert 0 <= document.get("scoreGiven", 0.0) <= document.get("scoreMaximum", 1.0)
    assert document.get("scoreMaximum", 1.0) > 0


def test_a_verdict_is_final() -> None:
    """With its user, its time and a comment."""
    document = written(MIXED)

    assert (document["userId"], document["timestamp"]) == ("u1", TIME)
    assert (document["scoreGiven"], document["scoreMaximum"]) == (7.0, 8.0)
    assert document["gradingProgress"] == written(ALL_RIGHT)["gradingProgress"] == "FullyGraded"
    assert "mean over the samples" in document["comment"]


def test_without_a_verdict_somebody_must_look() -> None:
    """What was earned so far is handed on, but not as final; no answer that could be read is no score at all."""
    assert written(WITH_UNREADABLE)["gradingProgress"] == "PendingManual"
    assert written(WITH_UNREADABLE)["scoreGiven"] == 7.0
    assert written(UNREADABLE_ALONE)["gradingProgress"] == "PendingManual"
    assert "scoreGiven" not in written(UNREADABLE_ALONE)
    assert "scoreGiven" not in written(report(result(score=0.0, max_score=0.0)))


def test_a_failure_is_pending() -> None:
    """Never a zero; the time has a fraction of the second and a zone, as Canvas compares it."""
    document = json.loads(platforms.failure("The service is down.", "lti", user_id="u1"))

    assert misfits(document, NEEDED) == []
    assert document["gradingProgress"] == "PendingManual"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", document["timestamp"])
