"""The commands of an evaluation function: the schemas of lambda-feedback/shimmy."""

from __future__ import annotations

import copy
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chainruler.app import create_app
from chainruler.calls.examples import LAMBDA_FEEDBACK, TEXTBOOK
from chainruler.settings import Settings
from tests.support.http import call

REQUEST = LAMBDA_FEEDBACK["eval"]


def asked(**changes: Any) -> dict[str, Any]:
    """The example's request with other members; those of `params` are changed one by one."""
    request = copy.deepcopy(REQUEST)
    return {**request, **changes, "params": {**request["params"], **changes.get("params", {})}}


def answer(app: FastAPI, request: object, command: str | None = None, **headers: str) -> httpx.Response:
    """What a command answers."""
    named = headers if command is None else {"command": command, **headers}
    return call(app, "POST", "/", json=request, headers=named)


def evaluated(app: FastAPI, **changes: Any) -> dict[str, Any]:
    """The result of the command eval, which is the default."""
    given = answer(app, asked(**changes))
    assert given.status_code == 200, given.text
    body: dict[str, Any] = given.json()
    assert set(body) == {"command", "result"}
    assert body["command"] == "eval"
    return dict(body["result"])


def test_a_right_response_is_correct(app: FastAPI) -> None:
    """With how it was read."""
    result = evaluated(app, response="dZ2.T @ A1 + 2*lam*W2")

    assert (result["is_correct"], result["feedback"], result["score"]) == (True, "Right.", 1.0)
    assert result["response_latex"] == "dZ_2^\\top A_1 + 2\\lambda W_2"
    assert "matched_case" not in result


def test_a_wrong_one_is_diagnosed(app: FastAPI) -> None:
    """Feedback is HTML, codes are tags."""
    result = evaluated(app, params={"cases": []})

    assert result["is_correct"] is False
    assert result["tags"] == ["missing_regularization"]
    assert result["feedback"].split("<br>")[0] == "Wrong: the penalty is left out."


@pytest.mark.parametrize(("mark", "correct"), [(0, False), (0.5, False), (1, True)])
def test_the_first_case_that_is_met_has_the_say(app: FastAPI, mark: float, correct: bool) -> None:
    """Its feedback as the teacher wrote it, its number, and with the mark 1 even the verdict."""
    cases = [
        {"answer": "dZ2 @@ A1", "feedback": "", "mark": 0},
        {"answer": "A1.T @ dZ2", "feedback": "Turned.", "mark": 0},
        {"answer": "dZ2.T @ A1", "feedback": "<b>And the penalty?</b>", "mark": mark},
    ]

    result = evaluated(app, params={"cases": cases})

    assert (result["is_correct"], result["matched_case"]) == (correct, 2)
    assert result["feedback"] == "<b>And the penalty?</b>"
    assert [warning["case"] for warning in result["warnings"]] == [0]


def test_symbols_have_other_names(app: FastAPI) -> None:
    """An alias stands for its symbol."""
    symbols = {"dZ2": {"latex": "\\delta_2", "aliases": ["delta2", "D"]}, "A1": {"latex": "a", "aliases": ["a"]}}

    assert evaluated(app, response="D.T @ a + 2*lam*W2", params={"symbols": symbols})["is_correct"] is True


def test_latex_is_read_where_the_response_area_says_so(app: FastAPI) -> None:
    """By `is_latex`, as the platform calls it."""
    result = evaluated(app, response="dZ_2^\\top A_1 + 2\\lambda W_2", params={"is_latex": True})

    assert result["is_correct"] is True


@pytest.mark.parametrize(
    ("response", "correct"),
    [
        ("0.0088, 0.0100", True),
        (["0.0088", "0.0100"], True),
        ([["0.0088"], ["0.0100"]], True),
        ([0.0088, 0.0100], False),
        ("0.0089, 0.0100", False),
        ({"text": "0.0088, 0.0100"}, True),
    ],
    ids=str,
)
def test_numbers_are_right_to_the_last_digit_that_was_typed(app: FastAPI, response: Any, correct: bool) -> None:
    """In a line, or in a table of input fields; an array is held to all its digits."""
    result = answer(app, {"response": response, "answer": "b1", "params": {"problem": TEXTBOOK}}).json()["result"]

    assert result["is_correct"] is correct
    assert "response_latex" not in result


def test_what_cannot_be_read_is_an_error_and_no_verdict(app: FastAPI) -> None:
    """So that it costs no attempt."""
    body = answer(app, asked(response="dZ2.T @")).json()

    assert set(body) == {"command", "error"}
    assert body["error"]["error_thrown"] == "not_gradable"
    assert "column" in body["error"]["message"]


@pytest.mark.parametrize("response", ["", {"text": "<img src=x>, 2"}], ids=str)
def test_an_error_is_safe_to_show(app: FastAPI, response: Any) -> None:
    """Of a field that is empty, and of one with tags in it, which come back as text."""
    given = answer(app, {"response": response, "answer": "b1", "params": {"problem": TEXTBOOK}})

    assert given.status_code == 200
    assert given.json()["error"]["message"]
    assert "<" not in given.json()["error"]["message"]


def test_feedback_escapes_what_students_write(app: FastAPI) -> None:
    """It is shown as HTML."""
    result = evaluated(app, response="(1/N)*dZ2.T @ A1 * (W2 < 9)", params={"cases": [], "hints": 3})
    shown = answer(app, {"response": "<img src=x>", "params": REQUEST["params"]}, "preview").json()

    assert "<" not in result["feedback"].replace("<br>", "")
    assert "<" not in shown["result"]["preview"]["feedback"]


def test_a_preview_shows_how_it_is_read(app: FastAPI) -> None:
    """LaTeX and text for a formula, words for what is none, and numbers as they are."""
    request = {"response": "dZ2.T@A1", "params": REQUEST["params"]}

    read = answer(app, request, "preview").json()
    broken = answer(app, {**request, "response": "dZ2.T @"}, "preview").json()
    numbers = answer(app, {**request, "response": [[1, 2]]}, "preview").json()

    assert read == {
        "command": "preview",
        "result": {"preview": {"latex": "dZ_2^\\top A_1", "sympy": "dZ2.T @ A1", "feedback": ""}},
    }
    assert "column" in broken["result"]["preview"]["feedback"]
    assert numbers["result"]["preview"] == [[1, 2]]


def test_the_health_check_grades(app: FastAPI) -> None:
    """A right answer and a wrong one."""
    body = answer(app, {}, "healthcheck").json()

    assert set(body["result"]) == {"tests_passed", "successes", "failures", "errors"}
    assert body["result"]["tests_passed"] is True
    assert len(body["result"]["successes"]) == 2


BAD: dict[str, tuple[Any, str, int, str | None]] = {
    "no JSON": (b"{", "", 400, ""),
    "null": ({**REQUEST, "response": None}, "eval", 400, "/response"),
    "no answer": ({"response": "W1"}, "eval", 400, "/answer"),
    "one more": ({**REQUEST, "more": 1}, "eval", 400, "/more"),
    "no object": ({**REQUEST, "params": []}, "eval", 400, "/params"),
    "no problem": ({**REQUEST, "params": {}}, "eval", 400, "/params/problem"),
    "no such gradient": (asked(answer="W9"), "eval", 400, "/response"),
    "no name": (asked(answer=3), "eval", 400, "/with_respect_to"),
    "hints": (asked(params={"hints": 9}), "eval", 400, "/params/hints"),
    "rubric": (asked(params={"rubric": []}), "eval", 400, "/params/rubric"),
    "credit": (asked(params={"rubric": {"credit": {"mean": 1}}}), "eval", 400, "/params/rubric/credit/mean"),
    "preview": ({"response": "W1", "params": {}}, "preview", 400, "/params/problem"),
    "preview with answer": (REQUEST, "preview", 400, "/answer"),
    "unknown command": (REQUEST, "evaluate", 400, None),
}


@pytest.mark.parametrize(("request_body", "command", "status", "field"), BAD.values(), ids=BAD)
def test_bad_input_is_an_error_in_their_shape(
    app: FastAPI, request_body: Any, command: str, status: int, field: str | None
) -> None:
    """A message, and the places of the request that came."""
    sent = {"content": request_body} if isinstance(request_body, bytes) else {"json": request_body}

    given = call(app, "POST", "/", headers={"command": command} if command else {}, **sent)

    assert given.status_code == status, given.text
    assert set(given.json()) == {"error"}
    assert given.json()["error"]["message"]
    assert field is None or field in given.json()["error"]["fields"]


def test_a_key_is_sent_as_they_send_it() -> None:
    """In the header `api-key`; without one there is an error in their shape."""
    closed = create_app(Settings(api_keys=sha256(b"hunter2").hexdigest()), log=lambda line: None)

    assert answer(closed, REQUEST, **{"api-key": "hunter2"}).status_code == 200
    assert answer(closed, REQUEST).status_code == 401
    assert answer(closed, REQUEST, **{"api-key": "hunter"}).json()["error"]["message"]


def test_pages_are_still_shown_the_documentation(app: FastAPI) -> None:
    """GET / leads to it, as before."""
    assert call(app, "GET", "/").headers["location"] == "docs"


def test_a_body_that_is_too_long_is_refused(app: FastAPI) -> None:
    """Before it is read."""
    given = call(app, "POST", "/", content=b" " * (33 * 2**20))

    assert (given.status_code, given.headers["connection"]) == (413, "close")
    assert given.json()["error"]["message"]
