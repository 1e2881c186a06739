"""The evaluate task of the µEd API 0.1.0: https://mued.org/spec."""

from __future__ import annotations

import copy
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chainruler.app import create_app
from chainruler.calls.examples import CLASSIFIER, MUED
from chainruler.settings import Settings
from tests.support.http import call

OURS = {"problem": CLASSIFIER, "with_respect_to": "W2"}
RIGHT = "dZ2.T @ A1 + 2*lam*W2"
FEEDBACK = {
    "feedbackId": str,
    "title": str,
    "message": str,
    "suggestedAction": str,
    "awardedPoints": float,
    "criterion": dict,
    "target": dict,
    "response": dict,
    "matchedCase": int,
    "vendorExtensions": dict,
}


def asked(expression: Any = RIGHT, ours: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A request about one formula."""
    extension = {**OURS, **(ours or {})}
    return {
        "submission": {"submissionId": "s1", "type": "MATH", "format": "numpy", "content": {"expression": expression}},
        "configuration": {"vendorExtensions": {"x-chainruler": extension}},
        **changes,
    }


def answer(app: FastAPI, request: object, **headers: str) -> httpx.Response:
    """What is answered."""
    return call(app, "POST", "/evaluate", json=request, headers=headers)


def feedback(app: FastAPI, request: object) -> list[dict[str, Any]]:
    """The feedback, each of the members that the specification has."""
    given = answer(app, request)
    assert given.status_code == 200, given.text
    told: list[dict[str, Any]] = given.json()
    for one in told:
        assert {"feedbackId", "title", "message"} <= set(one) <= set(FEEDBACK)
        assert all(isinstance(value, FEEDBACK[name]) for name, value in one.items())
    return told


def test_a_right_submission_gets_its_points(app: FastAPI) -> None:
    """And is shown how it was read."""
    (told,) = feedback(app, asked())

    assert (told["feedbackId"], told["awardedPoints"], told["message"]) == ("s1-W2", 1.0, "Right.")
    assert told["response"]["latex"] == "dZ_2^\\top A_1 + 2\\lambda W_2"


def test_a_wrong_one_is_diagnosed_where_it_is_wrong(app: FastAPI) -> None:
    """The locator is the part of the formula to change, and the whole report is in our own extension."""
    formula = "(softmax(Z2) - Y).T @ A1 + 2*lam*W2"

    (told,) = feedback(app, asked(formula))

    assert told["awardedPoints"] == 0.75
    assert told["target"]["locator"]["type"] == "subexpression"
    start, end = told["target"]["locator"]["startIndex"], told["target"]["locator"]["endIndex"]
    assert formula[start:end] == told["target"]["locator"]["path"]
    assert told["vendorExtensions"]["x-chainruler"]["diagnosis"][0]["code"] == "missing_mean"
    assert told["suggestedAction"]


def test_several_answers_get_feedback_each(app: FastAPI) -> None:
    """In their order, with the criterion that is named after them."""
    criteria = [{"name": "b2", "gradeConfig": {"min": 0, "max": 4, "value": 0}}, {"criterionId": "Z9", "name": "none"}]

    told = feedback(app, {**MUED["several answers"], "criteria": criteria})

    assert [one["feedbackId"] for one in told] == ["feedback-b2", "feedback-W2"]
    assert told[0]["criterion"] == criteria[0]
    assert "criterion" not in told[1]


def test_what_cannot_be_read_has_no_points(app: FastAPI) -> None:
    """No zero that looks like a verdict."""
    (told,) = feedback(app, asked("dZ2.T @"))

    assert "awardedPoints" not in told
    assert told["title"] == "W2: not graded"


def test_before_submission_nothing_is_judged(app: FastAPI) -> None:
    """Only how it is read."""
    preview = {"preSubmissionFeedback": {"enabled": True}}

    (told,) = feedback(app, asked("W2 + Y.T @ A1", **preview))
    (broken,) = feedback(app, asked("W2 +", **preview))
    (numbers,) = feedback(app, asked("1 2; 3 4", **preview))

    assert told["message"] == "Read as: W2 + Y.T @ A1"
    assert "column" in broken["message"]
    assert numbers["message"] == "Read as numbers."
    assert not {"awardedPoints", "suggestedAction"} & (set(told) | set(broken) | set(numbers))


@pytest.mark.parametrize(("detail", "words"), [("BRIEF", "?"), ("MEDIUM", "missing in"), ("DETAILED", "missing in")])
def test_learners_choose_how_much_they_are_told_but_not_the_answer(app: FastAPI, detail: str, words: str) -> None:
    """BRIEF is a question; what is right is the teacher's to show."""
    user = {"type": "LEARNER", "preference": {"detail": detail}}

    (told,) = feedback(app, asked("dZ2.T @ A1", user=user))

    assert words in told["suggestedAction"]
    assert "Right is" not in told["suggestedAction"]


def test_lambda_feedback_s_extension_is_read(app: FastAPI) -> None:
    """Problem, aliases and cases come in it; what else is in it, and any other extension, is ignored."""
    theirs: dict[str, Any] = {
        "gradeParams": {"problem": CLASSIFIER, "atol": 0.1},
        "cases": [{"answer": "D.T @ A1", "feedback": "And the penalty?", "mark": 0.5}],
        "symbols": {"dZ2": {"latex": "", "aliases": ["D"]}},
        "submissionContext": {"submissionsPerStudentPerResponseArea": 3},
    }
    task = {"title": "t", "referenceSolution": {"expression": "W2"}}
    extensions = {"x-lf": theirs, "x-else": {"problem": 3}}
    request = asked("D.T@A1", task=task, configuration={"vendorExtensions": extensions, "llm": {}})

    (told,) = feedback(app, request)

    assert (told["message"], told["awardedPoints"], told["matchedCase"]) == ("And the penalty?", 0.5, 0)


def test_arrays_may_be_in_base64(app: FastAPI) -> None:
    """Wherever a problem travels, its arrays are the contract's."""
    problem: dict[str, Any] = copy.deepcopy(CLASSIFIER)
    problem["parameters"]["b2"] = {"shape": [2], "dtype": "float64", "base64": "AAAAAAAAAACamZmZmZm5Pw=="}

    (told,) = feedback(app, asked(ours={"problem": problem}))

    assert told["awardedPoints"] == 1.0


@pytest.mark.parametrize("version", [None, "0.1.0"])
def test_the_version_and_the_id_come_back(app: FastAPI, version: str | None) -> None:
    """On every answer, of the health as well."""
    headers = {"X-Request-Id": "trace-1"} | ({"X-Api-Version": version} if version else {})

    for given in (answer(app, asked(), **headers), call(app, "GET", "/evaluate/health", headers=headers)):
        assert given.status_code == 200
        assert given.headers["x-api-version"] == "0.1.0"
        assert given.headers["x-request-id"] == "trace-1"


@pytest.mark.parametrize(("method", "path"), [("POST", "/evaluate"), ("GET", "/evaluate/health")])
def test_another_version_is_not_spoken(app: FastAPI, method: str, path: str) -> None:
    """406, with those that are."""
    given = call(app, method, path, headers={"X-Api-Version": "2.0.0"})

    assert (given.status_code, given.json()["code"]) == (406, "VERSION_NOT_SUPPORTED")
    assert given.json()["details"] == {"requestedVersion": "2.0.0", "supportedVersions": ["0.1.0"]}
    assert given.headers["x-api-version"] == "0.1.0"


def test_health_tells_what_can_be_done(app: FastAPI) -> None:
    """The members that the specification requires."""
    told = call(app, "GET", "/evaluate/health").json()

    assert told["status"] == "OK"
    assert told["capabilities"]["supportsPreSubmissionFeedback"] is True
    assert told["capabilities"]["supportsDataPolicy"] in {"SUPPORTED", "NOT_SUPPORTED", "PARTIAL"}
    assert {"type": "MATH", "supportedFormats": ["latex", "numpy"]} in told["capabilities"]["supportedArtefactProfiles"]


EXTENSION = "/configuration/vendorExtensions/x-chainruler"
BAD: dict[str, tuple[Any, str]] = {
    "no JSON": (b"[", ""),
    "a list": ([], ""),
    "nothing": ({}, "/submission"),
    "no type": ({"submission": {"content": {}}}, "/submission/type"),
    "unknown type": ({"submission": {"type": "MUSIC", "content": {}}}, "/submission/type"),
    "no content": (asked() | {"submission": {"type": "MATH", "content": {}}}, "/submission/content"),
    "not set up": (asked(configuration=None), EXTENSION + "/with_respect_to"),
    "no problem": (asked(ours={"problem": None}), EXTENSION + "/problem"),
    "a wrong problem": (asked(ours={"problem": {"model": {}}}), EXTENSION + "/problem/loss"),
    "no such gradient": (asked(ours={"with_respect_to": "W9"}), "/submission/content"),
    "an extension that is none": (asked(configuration={"vendorExtensions": {"x-chainruler": 3}}), EXTENSION),
}


@pytest.mark.parametrize(("request_body", "pointer"), BAD.values(), ids=BAD)
def test_bad_input_is_told_in_their_shape(app: FastAPI, request_body: Any, pointer: str) -> None:
    """400 with title, message and code; the details say where in the request that came."""
    sent = {"content": request_body} if isinstance(request_body, bytes) else {"json": request_body}

    given = call(app, "POST", "/evaluate", **sent)

    assert given.status_code == 400, given.text
    told = given.json()
    assert set(told) == {"title", "message", "code", "details"}
    assert told["code"] == "VALIDATION_ERROR"
    assert pointer in [fault["pointer"] for fault in told["details"]["errors"]]


def test_without_a_key_it_is_forbidden() -> None:
    """403 is the interface's status for it; health is open, and says that a key is needed."""
    closed = create_app(Settings(api_keys=sha256(b"hunter2").hexdigest()), log=lambda line: None)

    assert answer(closed, asked(), Authorization="Bearer hunter2").status_code == 200
    refused = answer(closed, asked())
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    health = call(closed, "GET", "/evaluate/health").json()
    assert health["requirements"]["requiresAuthorizationHeader"] is True


@pytest.mark.parametrize("example", MUED)
def test_the_examples_are_answered(app: FastAPI, example: str) -> None:
    """Those that the documentation shows."""
    assert feedback(app, MUED[example])
