"""PyLTI1p3 itself: a score is posted to a platform on this machine, after a token was got with a signed request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.course import FORGOT_THE_PENALTY, NOWHERE, problem_file, read, run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platforms")]

SCRIPT = Path(__file__).with_name("lti_exchange.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a problem and a submission."""
    (tmp_path / "submission.py").write_text(FORGOT_THE_PENALTY)
    problem_file(tmp_path)
    return tmp_path


def test_a_score_arrives(tools: Path, folder: Path) -> None:
    """Signed, in the right place with the line item's query behind it, as the right type, with the diagnosis."""
    run(tools, "python", SCRIPT, cwd=folder)

    received = read(folder / "received.json")
    assert received["token"]["signed_by"] == "tool"
    assert received["token"]["scope"] == "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    (post,) = received["scores"]
    assert post["path"] == "/ctx/1/lineitems/7/scores?x=1"
    assert post["type"] == "application/vnd.ims.lis.v1.score+json"
    assert post["authorization"] == "Bearer granted"
    assert (post["body"]["scoreGiven"], post["body"]["scoreMaximum"]) == (3.0, 4.0)
    assert post["body"]["gradingProgress"] == "FullyGraded"
    assert "the penalty is left out" in post["body"]["comment"]


def test_a_grader_that_is_down_is_pending(tools: Path, folder: Path) -> None:
    """First Pending, then PendingManual, each later than the last, and neither with points."""
    run(tools, "python", SCRIPT, cwd=folder, CHAINRULER_URL=NOWHERE)

    bodies = [post["body"] for post in read(folder / "received.json")["scores"]]
    assert [body["gradingProgress"] for body in bodies] == ["Pending", "PendingManual"]
    assert bodies[0]["timestamp"] < bodies[1]["timestamp"]
    assert not any("scoreGiven" in body for body in bodies)
