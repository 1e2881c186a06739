"""What a key opens, how often, and until when; and whose request it was."""

import time
from contextlib import suppress
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from fastapi import FastAPI
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from chainruler.api.keys import Caller, Keys
from chainruler.app import create_app
from chainruler.calls.examples import GRADE, LAMBDA_FEEDBACK, MUED
from chainruler.calls.permissions import Permission
from chainruler.refusals.transport import TooManyRequests, Unauthorized
from chainruler.settings import Settings
from tests.api.requests import good
from tests.support.http import call


def limited(tmp_path: Path, *permissions: dict[str, object]) -> FastAPI:
    """An application with these keys, each of which has its name for a key."""
    listed = [{"sha256": sha256(str(one["name"]).encode()).hexdigest(), **one} for one in permissions]
    (tmp_path / "keys.json").write_bytes(orjson.dumps(listed))
    return create_app(Settings(api_keys_file=str(tmp_path / "keys.json")), log=LOG.append)


LOG: list[bytes] = []


def asked(app: FastAPI, key: str, path: str, document: dict[str, object] | None = None, **headers: str) -> Response:
    """The answer to a key's request."""
    method = "GET" if document is None else "POST"
    return call(app, method, path, json=document, headers={"X-API-Key": key, **headers})


FACES: list[tuple[str, str, dict[str, object]]] = [
    ("mued_evaluate", "/evaluate", next(iter(MUED.values()))),
    ("lambda_feedback", "/", next(iter(LAMBDA_FEEDBACK.values()))),
    ("grade", "/v1/grade", GRADE["a forgotten mean"]),
    ("layers", "/v1/layers", {}),
    ("metrics", "/metrics", {}),
    ("textbook_entry", "/v1/textbook/two_two_two", {}),
    ("grade_batch", "/v1/grade/batch", GRADE["a forgotten mean"]),
]


@pytest.mark.parametrize(("name", "path", "document"), FACES, ids=[name for name, _, _ in FACES])
def test_a_key_opens_the_calls_that_it_is_for(
    tmp_path: Path, name: str, path: str, document: dict[str, object]
) -> None:
    """And no other: 403, in the words of each protocol, and by the same name in the log and the metrics."""
    app = limited(tmp_path, {"name": "one", "calls": [name]}, {"name": "other", "calls": ["gradients"]})
    LOG.clear()
    opened, barred, unknown = (asked(app, key, path, document or None) for key in ("one", "other", "none"))

    assert opened.status_code == 200
    assert barred.status_code == 403
    assert unknown.status_code == (403 if name == "mued_evaluate" else 401)
    assert [orjson.loads(line)["caller"] for line in LOG] == ["one", "other", None]
    app.state.metrics.refresh()
    assert 'chainruler_key_requests_total{key="one",outcome="answered"} 1\n' in app.state.metrics.text()
    assert 'chainruler_key_requests_total{key="other",outcome="refused"} 1\n' in app.state.metrics.text()


def test_a_key_may_be_kept_from_the_right_values(tmp_path: Path) -> None:
    """Whoever may grade need not be able to ask for the truth, in one request or in a line of many."""
    app = limited(tmp_path, {"name": "grader", "calls": ["grade", "grade_batch"], "reveal": "diagnosis"})
    document = GRADE["a forgotten mean"]
    batch = [{**document, "reveal": reveal, "id": reveal} for reveal in ("diagnosis", "values")]
    lines = call(
        app, "POST", "/v1/grade/batch", content=b"\n".join(map(orjson.dumps, batch)), headers={"X-API-Key": "grader"}
    )
    reports = [orjson.loads(line) for line in lines.content.splitlines()]

    assert asked(app, "grader", "/v1/grade", {**document, "reveal": "diagnosis"}).status_code == 200
    assert asked(app, "grader", "/v1/grade", {**document, "reveal": "values"}).status_code == 403
    assert asked(app, "grader", "/v1/gradients", good()).status_code == 403
    assert ["error" in report for report in reports] == [False, True]
    assert reports[1]["error"]["errors"][0]["code"] == "not_allowed"


def test_a_rate_is_kept_to_and_says_when_to_come_back(tmp_path: Path) -> None:
    """The second request within a tenth of the time is 429 with Retry-After; others' keys have rates of their own."""
    app = limited(tmp_path, {"name": "slow", "rate": 0.1}, {"name": "quick"})
    first, second = (asked(app, "slow", "/v1/layers") for _ in range(2))
    foreign = asked(app, "slow", "/evaluate", next(iter(MUED.values())))

    assert (first.status_code, second.status_code, foreign.status_code) == (200, 429, 429)
    assert 8 <= int(second.headers["retry-after"]) <= 10
    assert {asked(app, "quick", "/v1/layers").status_code for _ in range(20)} == {200}


def test_a_share_of_the_queue_is_all_that_a_key_gets() -> None:
    """A key with a tenth of ten places has one request at a time, and gets the place back when it is answered."""
    permission = Permission(name="one", sha256=sha256(b"one").hexdigest(), share=0.1)
    keys = Keys([permission], 10)

    def admit() -> Caller:
        return keys.admit({"type": "http", "headers": [(b"x-api-key", b"one")]}, "grade")

    with admit(), pytest.raises(TooManyRequests):
        admit()
    with admit():
        pass


@given(st.floats(0.1, 50), st.lists(st.floats(0, 3), max_size=40))
def test_a_rate_holds_in_the_long_run(rate: float, pauses: list[float]) -> None:
    """However requests are spread: no more than the rate allows, and those of a second saved up."""
    now = [0.0]
    permission = Permission(name="one", sha256=sha256(b"one").hexdigest(), rate=rate)
    keys = Keys([permission], 10, lambda: now[0])
    admitted = 0
    for pause in pauses:
        now[0] += pause
        for _ in range(5):
            with suppress(TooManyRequests):
                keys.admit({"type": "http", "headers": [(b"x-api-key", b"one")]}, "grade")
                admitted += 1

    assert admitted <= rate * sum(pauses) + max(1.0, rate) + 1e-6


def test_a_key_ends_with_its_last_day() -> None:
    """The day itself is still good, and the next one is not."""
    day = date(2027, 1, 31)
    caller = Caller(Permission(name="one", sha256="0" * 64, expires=day), 10, time.monotonic)
    caller.check("grade", day)

    with pytest.raises(Unauthorized, match="last day"):
        caller.check("grade", day + timedelta(days=1))


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        ([{"name": "one", "calls": ["gradient"]}], "no such call"),
        ([{"name": "one"}, {"name": "one", "sha256": "0" * 64}], "same name"),
        ([{"name": "one", "sha256": "0" * 64}, {"name": "two", "sha256": "0" * 64}], "same sha256"),
        ([{"name": "local"}], "without a key"),
        ([{"name": "one", "rates": 1}], "Extra inputs"),
        ([], "lists no key"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused_at_the_start(
    tmp_path: Path, permissions: list[dict[str, object]], words: str
) -> None:
    """A key that opens less or more than somebody thinks is no key."""
    with pytest.raises(ValueError, match=words):
        limited(tmp_path, *permissions)


@pytest.mark.parametrize("key", ["", "a", "0123456789abcde", "0123456789abcdef,short"])
def test_a_key_of_tokens_that_can_be_guessed_is_refused(key: str) -> None:
    """16 bytes at least, each of several."""
    with pytest.raises(ValidationError, match="16 bytes"):
        Settings(token_key=SecretStr(key))

    assert Settings(token_key=SecretStr("0123456789abcdef,0123456789ABCDEF")).token_keys() == (
        b"0123456789abcdef",
        b"0123456789ABCDEF",
    )
