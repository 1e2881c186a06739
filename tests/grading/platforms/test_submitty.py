"""Submitty's validation_results.json: grading/dispatch.cpp of Submitty."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chainruler.grading import platforms
from tests.grading.platforms.reports import ALL_RIGHT, MIXED, WITH_UNREADABLE, any_report, misfits

STATUS = {"success", "warning", "failure", "information"}


def written(told: dict[str, Any]) -> dict[str, Any]:
    """The document that is written."""
    document: dict[str, Any] = json.loads(platforms.formatted(told, "submitty"))
    return document


@any_report
def test_submitty_knows_everything_in_it(told: dict[str, Any]) -> None:
    """A score from 0 to 1, a message that is a text, and a status."""
    document = written(told)

    assert misfits(document, {"status": {"success"}, "data": dict}) == []
    assert misfits(document["data"], {"score": float, "message": str, "status": STATUS}) == []
    assert 0 <= document["data"]["score"] <= 1


@pytest.mark.parametrize(("told", "status"), [(ALL_RIGHT, "success"), (MIXED, "failure"), (WITH_UNREADABLE, "warning")])
def test_the_status_is_the_colour(told: dict[str, Any], status: str) -> None:
    """Green, red, and yellow for what could not be read."""
    assert written(told)["data"]["status"] == status


def test_a_failure_is_the_validator_s() -> None:
    """No data, and so no score of ours; the reason goes to the validator's log."""
    assert json.loads(platforms.failure("Down.", "submitty")) == {"status": "fail", "message": "Down."}
