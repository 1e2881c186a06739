"""What holds for every platform's format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from chainruler.grading import platforms
from tests.grading.platforms.reports import MIXED, TEXTS, UNREADABLE, WRONG, any_report, report, result

NAMES = {
    "autolab",
    "codegrade",
    "gradescope",
    "junit",
    "lti",
    "markus",
    "nbgrader",
    "otter",
    "prairielearn",
    "submitty",
}
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
SCORES = {"score", "scoreGiven", "points", "marks_earned"}

NO_OPEN_SCORE = {"prairielearn", "submitty", "markus"}
"""Platforms that want a number also where there is none: with a word for what it is worth, or out of 0."""

every = pytest.mark.parametrize("platform", platforms.FORMATS)


def no_constant(name: str) -> None:
    """Refuse what Python reads and JSON has not: NaN."""
    raise AssertionError(f"{name} is no JSON.")


def documents(platform: str, text: str) -> list[Any]:
    """The JSON documents in what a platform takes, read as strictly as browsers do."""
    lines = text.split("\n")
    found = {"autolab": lines[-2:], "codegrade": lines[-1:], "nbgrader": [], "junit": [], "markus": lines}
    texts = [line for line in found.get(platform, [text]) if line.startswith("{")]
    return [json.loads(one, parse_constant=no_constant) for one in texts]


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that stands in a document, with the name it has."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield "", key
            yield from leaves(entry, key)
    elif isinstance(value, list):
        for entry in value:
            yield from leaves(entry, name)
    else:
        yield name, value


def test_these_platforms_are_known() -> None:
    """Each is a dataclass of options, registered by its file."""
    assert set(platforms.FORMATS) == NAMES
    assert all(is_dataclass(kind) for kind in platforms.Platform.registry.values())


@any_report
def test_any_report_can_be_handed_on(told: dict[str, Any]) -> None:
    """Whatever students wrote and whatever the points are: readable, printable, without NaN, not too long."""
    texts = {platform: platforms.formatted(told, platform) for platform in platforms.FORMATS}

    ET.fromstring(texts["junit"])  # noqa: S314  (written by us, from what may be hostile: that is the test)
    for platform, text in texts.items():
        assert len(text.encode()) < 30_000 * len(told["results"])
        assert UNPRINTABLE.sub("", text) == text
        for document in documents(platform, text):
            for _, leaf in leaves(document):
                assert not isinstance(leaf, str) or UNPRINTABLE.sub("", leaf) == leaf


@every
@given(why=TEXTS)
def test_a_failure_has_no_score(platform: str, why: str) -> None:
    """A service that is down takes no points away."""
    text = platforms.failure(why, platform, answers=["W1"])

    text.encode()
    assert UNPRINTABLE.sub("", text) == text
    for document in documents(platform, text):
        scores = [value for name, value in leaves(document) if name in SCORES]
        assert scores in ([], [0.0])
        assert not scores or document.get("gradable") is False or document.get("status") == "error_all"


@every
def test_a_submission_that_cannot_be_read_has_no_points_and_its_reason(platform: str) -> None:
    """The same everywhere: as if nothing had been graded, with what is wrong with each answer."""
    text = platforms.formatted(report(UNREADABLE, {**UNREADABLE, "answer": "W1", "message": "Rows differ."}), platform)

    assert "Rows differ." in text
    assert "Nothing was graded" in text
    for document in documents(platform, text):
        scores = [value for name, value in leaves(document) if name in SCORES and value is not None]
        assert scores in ([], [0.0])
        assert not scores or platform in NO_OPEN_SCORE


@every
@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf")])
def test_a_score_that_is_no_number_is_none(platform: str, score: float) -> None:
    """It is an error, so that a failure is handed on instead: of a NaN there is no right side to be on."""
    with pytest.raises(ValueError, match="not a finite number"):
        platforms.formatted({**MIXED, "score": score}, platform)
    with pytest.raises(ValueError, match="not a finite number"):
        platforms.formatted(report({**WRONG, "max_score": score}), platform)


@every
def test_everything_that_is_told_arrives(platform: str) -> None:
    """Message, hint, reading, the farthest entry and the right values, where the report has them."""
    told = report(
        result(
            hint="Does the loss average?",
            read_as={"numpy": "dZ1.T @ X", "latex": "", "mathml": ""},
            worst_index=[0, 1],
            expected=[[1.25, 2.5]],
        )
    )

    text = platforms.formatted(told, platform)

    for part in ("mean over the samples is missing", "Does the loss average?", "dZ1.T @ X", "[0, 1]", "1.25"):
        assert part in text


def test_an_unknown_format_is_told_of_those_there_are() -> None:
    """A slip of the pen gets the list."""
    with pytest.raises(ValueError, match=r"'gradescop'.*autolab, codegrade, gradescope"):
        platforms.formatted(MIXED, "gradescop")
    with pytest.raises(ValueError, match=r"'gradescop'.*autolab, codegrade, gradescope"):
        platforms.failure("", "gradescop")
