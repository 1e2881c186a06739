"""Scores by LTI: what is posted, when it is not final, and in which order."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from chainruler.calls.examples import CLASSIFIER
from chainruler.grading import platforms
from chainruler_client.errors import ConnectionFailed
from chainruler_client.grading import graded
from chainruler_client.lti import Score, put_grade, timestamp
from chainruler_client.results.grading import Graded
from tests.client.test_grading import RIGHT, WRONG


class Platform:
    """What PyLTI1p3 offers."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.lineitems: list[Any] = []

    def put_grade(self, grade: Score, lineitem: Any = None) -> None:
        """Keep the document."""
        self.posted.append(json.loads(grade.get_value()))
        self.lineitems.append(lineitem)


@pytest.fixture
def platform() -> Platform:
    """A platform that has nothing yet."""
    return Platform()


def progress(platform: Platform) -> list[str]:
    """How far grading is, by all that was posted."""
    return [one["gradingProgress"] for one in platform.posted]


def test_a_score_is_final(platform: Platform) -> None:
    """With the points and the diagnosis, at the line item that was named."""
    report = graded(CLASSIFIER, rubric={"points": {"W2": 4}}, W2=WRONG)

    score = put_grade(platform, "u1", report, lineitem="item")

    (posted,) = platform.posted
    assert (posted["userId"], posted["scoreGiven"], posted["scoreMaximum"]) == ("u1", 3.0, 4.0)
    assert posted["gradingProgress"] == score.progress == "FullyGraded"
    assert posted["activityProgress"] == "Completed"
    assert "the penalty is left out" in posted["comment"]
    assert platform.lineitems == ["item"]


def test_it_is_the_document_that_the_command_writes(platform: Platform) -> None:
    """Member for member; only the words of the comment are laid out otherwise."""
    for answers in ({"W2": RIGHT}, {"W2": WRONG, "b2": None}, {"b2": None}):
        report = graded(CLASSIFIER, **answers)
        put_grade(platform, "u1", report)
        posted = platform.posted[-1]
        told = report.to_dict()

        written = json.loads(platforms.formatted(told, "lti", user_id="u1", timestamp=posted["timestamp"]))

        assert {**posted, "comment": ""} == {**written, "comment": ""}


def test_what_could_not_be_read_is_for_somebody_to_look_at(platform: Platform) -> None:
    """With the points so far, or with none if there is no verdict at all."""
    put_grade(platform, "u1", graded(CLASSIFIER, W2=RIGHT, b2=None))
    put_grade(platform, "u1", graded(CLASSIFIER, b2=None))

    assert progress(platform) == ["PendingManual", "PendingManual"]
    assert [one.get("scoreGiven") for one in platform.posted] == [1.0, None]


@pytest.mark.parametrize("failures", [1, 2])
def test_it_is_pending_while_it_is_tried_again(platform: Platform, failures: int) -> None:
    """Told once, and then the score."""
    left = [ConnectionFailed("Down.")] * failures

    def grading() -> Graded:
        if left:
            raise left.pop()
        return graded(CLASSIFIER, W2=RIGHT)

    put_grade(platform, "u1", grading, pause=0.001)

    assert progress(platform) == ["Pending", "FullyGraded"]
    assert "scoreGiven" not in platform.posted[0]


@pytest.mark.parametrize("attempts", [1, 3])
def test_in_the_end_it_is_pending_manual_and_no_zero(platform: Platform, attempts: int) -> None:
    """Without any points, and with the reason."""
    calls = []

    def grading() -> Graded:
        calls.append(1)
        raise ConnectionFailed("Down.")

    score = put_grade(platform, "u1", grading, attempts=attempts, pause=0.001)

    assert len(calls) == attempts
    assert progress(platform) == ["Pending", "PendingManual"][-min(attempts, 2) :]
    assert score.progress == "PendingManual"
    assert "scoreGiven" not in platform.posted[-1]
    assert platform.posted[-1]["comment"] == "Nothing was graded, and no points were taken. Down."


def test_other_errors_are_raised(platform: Platform) -> None:
    """A platform that refuses is not for us to hide, and neither is a slip of the caller's."""

    def grading() -> Graded:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_grade(platform, "u1", grading)
    assert platform.posted == []


def test_each_time_is_later_than_the_last() -> None:
    """To the microsecond, because Canvas drops a score that is not newer than what it has."""
    times = [timestamp() for _ in range(1000)]

    assert all(len(one) == 32 and one.endswith("+00:00") for one in times)
    assert all(datetime.fromisoformat(a) < datetime.fromisoformat(b) for a, b in pairwise(times))


def test_a_comment_has_nothing_that_cannot_be_printed() -> None:
    """Lines stay."""
    assert Score("u", "Pending", "a\x00\x1b[31m\nb").document["comment"] == "a\ufffd\ufffd[31m\nb"
