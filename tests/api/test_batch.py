"""POST /v1/grade/batch: a line in, a line out, in order and as they come."""

from __future__ import annotations

import asyncio
from time import sleep
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from chainruler.app import create_app
from chainruler.handlers.batch import BatchHandler
from chainruler.settings import Settings
from tests.grading.problems import Classifier
from tests.support.http import call

PATH = "/v1/grade/batch"
k = Classifier()
RIGHT = {name: array.tolist() for name, array in k.backward().items()}
WRONG = {name: array.tolist() for name, array in k.backward(k.P - k.Y).items()}


def lines(*documents: Any) -> bytes:
    """The documents, one a line."""
    return b"\n".join(
        d if isinstance(d, bytes) else orjson.dumps(d, option=orjson.OPT_SERIALIZE_NUMPY) for d in documents
    )


def submission(answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What one student hands in."""
    return {"answers": {name: {"array": array} for name, array in answers.items()}, **more}


def answered(app: FastAPI, body: bytes) -> list[dict[str, Any]]:
    """The lines of the answer."""
    response = call(app, "POST", PATH, content=body)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in response.content.splitlines()]


def test_each_line_is_answered_in_order(app: FastAPI) -> None:
    """Ids come back, defaults hold for what follows, and empty lines count but are not answered."""
    defaults = {"defaults": {"problem": k.problem, "rubric": {"points": {"W1": 4}}}}
    body = lines(
        defaults,
        submission(RIGHT, id="ada"),
        b"",
        submission(WRONG, id="bob", hints=1),
        submission({"W1": RIGHT["W1"]}),
    )

    told = answered(app, body)

    assert [(line["line"], line.get("id")) for line in told] == [(2, "ada"), (4, "bob"), (5, None)]
    assert [line["fraction"] for line in told] == [1.0, 0.75, 1.0]
    assert told[1]["results"][0]["message"] == "Wrong. It was not asked for, and counts nothing."


def test_a_bad_line_spoils_itself_only(app: FastAPI) -> None:
    """What is wrong with a line is a problem of RFC 9457 in its place."""
    good = submission(RIGHT, problem=k.problem)
    body = lines(good, b"{", [1], {"answers": {}}, {**good, "extra": 1}, {"defaults": 3}, good)

    told = answered(app, body)

    assert [line["line"] for line in told] == [1, 2, 3, 4, 5, 6, 7]
    assert [line.get("error", {}).get("status") for line in told] == [None, 400, 422, 422, 422, 422, None]
    assert told[4]["error"]["errors"][0]["pointer"] == "/extra"
    assert told[0]["results"] == told[6]["results"]


def test_a_bad_line_says_whose_it_is(app: FastAPI) -> None:
    """By its id, as far as there is one that can be read; the number of the line is there in any case."""
    good = submission(RIGHT, problem=k.problem)
    body = lines(
        {**good, "extra": 1, "id": "ada"}, {"id": "bob"}, b'{"id": "eve"', {**good, "id": 3}, {"id": "x" * 201}
    )

    told = answered(app, body)

    assert all("error" in line for line in told)
    assert [line.get("id") for line in told] == ["ada", "bob", None, None, None]


def test_what_nobody_foresaw_spoils_its_line_only(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A 500 in that line; the log has its traceback under the request's id, and the next lines are answered."""
    good = submission(RIGHT, problem=k.problem)
    real = BatchHandler.__call__
    monkeypatch.setattr(BatchHandler, "__call__", lambda self, of: 1 / 0 if "broken" in of else real(self, of))
    body = lines(good, {"broken": 1}, good)

    response = call(app, "POST", PATH, content=body)
    told = [orjson.loads(line) for line in response.content.splitlines()]

    assert [line["line"] for line in told] == [1, 2, 3]
    assert [line.get("error", {}).get("status") for line in told] == [None, 500, None]
    assert told[1]["error"]["type"].endswith("#internal-error")
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    assert record.__dict__["request_id"] == response.headers["x-request-id"]


def test_a_line_without_an_end_is_cut() -> None:
    """More than a body's bytes without a line break: what came before is answered, and the rest refused."""
    app = create_app(Settings(max_body_bytes=20_000), log=lambda _: None)
    good = submission(RIGHT, problem=k.problem)

    told = answered(app, lines(good) + b"\n" + b" " * 30_000)

    assert [line["line"] for line in told] == [1, 2]
    assert told[1]["error"]["status"] == 413


def test_a_line_that_takes_too_long_leaves_the_numbers_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told of by its number although its thread still works, and the lines after it have theirs."""
    app = create_app(Settings(deadline_seconds=0.3, threads=2), log=lambda _: None)
    good = submission(RIGHT, problem=k.problem)
    real = BatchHandler.__call__
    monkeypatch.setattr(BatchHandler, "__call__", lambda self, of: sleep(0.6) if "slow" in of else real(self, of))

    told = answered(app, lines(b"", good, {"slow": 1}, b" \t", good, good))

    assert [line["line"] for line in told] == [2, 3, 5, 6]
    assert [line.get("error", {}).get("status") for line in told] == [None, 503, None, None]


def test_answers_come_before_the_body_has_ended(app: FastAPI) -> None:
    """Whoever sends a line and waits gets its answer, then sends the next."""
    good = lines(submission(RIGHT, problem=k.problem)) + b"\n"
    sent: list[dict[str, Any]] = []

    async def talk() -> None:
        mine: asyncio.Queue[Message] = asyncio.Queue()
        theirs: asyncio.Queue[Message] = asyncio.Queue()
        scope: Scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "query_string": b""}
        scope.update(raw_path=PATH.encode(), http_version="1.1", scheme="http", root_path="", asgi={"version": "3.0"})
        running = asyncio.ensure_future(app(scope, mine.get, theirs.put))
        for more in (True, True, False):
            await mine.put({"type": "http.request", "body": good, "more_body": more})
            while True:
                message = await asyncio.wait_for(theirs.get(), 20)
                if message.get("body"):
                    sent.append(orjson.loads(message["body"]))
                    break
        await asyncio.wait_for(running, 20)

    asyncio.run(talk())

    assert [line["line"] for line in sent] == [1, 2, 3]


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Accept": "image/png"}])
def test_a_batch_that_cannot_be_is_refused_as_a_whole(app: FastAPI, headers: dict[str, str]) -> None:
    """Before anything is read."""
    response = call(app, "POST", PATH, content=b"{}", headers=headers)

    assert response.status_code in {406, 415}
    assert response.headers["content-type"] == "application/problem+json"


def test_lines_can_be_asked_for(app: FastAPI) -> None:
    """`Accept: application/x-ndjson` is what a batch is answered in."""
    body = lines({"defaults": {"problem": k.problem}}, submission(RIGHT))

    response = call(app, "POST", PATH, content=body, headers={"Accept": "application/x-ndjson"})

    assert (response.status_code, response.json()["correct"]) == (200, True)


def test_a_batch_answers_as_single_requests_do(app: FastAPI) -> None:
    """The report of a line is that of /v1/grade, byte for byte."""
    one = submission(WRONG, problem=k.problem)
    body = lines(one)

    (line,) = call(app, "POST", PATH, content=body).content.splitlines()
    single = call(app, "POST", "/v1/grade", content=body).content

    assert line == b'{"line":1,' + single[1:]
