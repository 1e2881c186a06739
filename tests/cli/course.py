"""A folder with a problem, a rubric and three submissions, and what `grade` makes of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainruler.calls.examples import CLASSIFIER, PARAMETERS
from chainruler_client import Client
from tests.support.terminal import Seen, piped

NOWHERE = "http://127.0.0.1:1"
GRADIENTS = Client.local().gradients(CLASSIFIER).gradients
NO_PENALTY = GRADIENTS["W2"] - 2 * 0.05 * np.array(PARAMETERS["W2"])
RUBRIC = {"points": {"W2": 4, "b2": 2}}


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go into a folder with a problem, a rubric and three submissions, where nobody waits before the next attempt."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("time.sleep", lambda _: None)
    Path("problem.json").write_text(json.dumps(CLASSIFIER))
    Path("rubric.json").write_text(json.dumps(RUBRIC))
    Path("class").mkdir()
    np.savez("class/ada.npz", W2=GRADIENTS["W2"], b2=GRADIENTS["b2"], scratch=np.zeros(3))
    Path("class/bob.json").write_text(json.dumps({"W2": NO_PENALTY.tolist(), "b2": "sum(dZ2, axis=0)"}))
    Path("class/eve.json").write_text("{no JSON")


def grade(*arguments: str | Path, submission: str = "class/bob.json") -> Seen:
    """What `grade` writes for a submission, with the rubric."""
    return piped(
        "grade", "--problem", "problem.json", "--rubric", "rubric.json", "--submission", submission, *arguments
    )
