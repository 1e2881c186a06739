import logging
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import orjson
import pytest
from fastapi import FastAPI, HTTPException, Query
from starlette.responses import StreamingResponse

from chainruler.networks.errors import pointer
from chainruler.refusals import kinds
from chainruler.refusals.documents import MOST_ERRORS, Fault, problem
from tests.support.http import call

SECRET = "hunter2"


def crash() -> None:
    """A route with a fault that nobody foresaw."""
    raise RuntimeError(SECRET)


def refuse() -> None:
    """A route that refuses with a text no JSON can carry."""
    raise HTTPException(409, detail="half a surrogate: \ud800")


def typed(numbers: Annotated[list[int], Query()]) -> int:
    """A route that wants integers."""
    return sum(numbers)


@pytest.fixture
def faulty(app: FastAPI) -> FastAPI:
    """The application with routes that fail in each way."""
    app.add_api_route("/crash", crash)
    app.add_api_route("/refuse", refuse)
    app.add_api_route("/typed", typed)
    return app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nothing-here", 404, id="unknown path"),
        pytest.param("GET", "/health/live/", 404, id="trailing slash is not redirected"),
        pytest.param("GET", "/health/live%00", 404, id="NUL in the path"),
        pytest.param("GET", "/%ff%fe", 404, id="path that is not UTF-8"),
        pytest.param("GET", "/docs/assets/../../pyproject.toml", 404, id="path out of the assets"),
        pytest.param("GET", "/docs/assets/%2e%2e/%2e%2e/standalone_docs.py", 404, id="encoded path out of the assets"),
        pytest.param("GET", "/docs/assets/nothing-here", 404, id="unknown asset"),
        pytest.param("DELETE", "/health/live", 405, id="method the path has not"),
        pytest.param("BREW", "/health/live", 405, id="method nobody has"),
        pytest.param("GET", "/refuse", 409, id="detail that JSON cannot carry"),
        pytest.param("GET", "/typed?numbers=hunter2", 422, id="parameter of the wrong type"),
        pytest.param("GET", "/crash", 500, id="fault of the service"),
    ],
)
def test_every_refusal_is_a_problem(faulty: FastAPI, method: str, path: str, status: int) -> None:
    """Whatever is wrong, the answer is a problem document that says nothing of the input and nothing of the code."""
    answer = call(faulty, method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert_is_problem(answer)
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def assert_is_problem(answer: httpx.Response) -> None:
    """The members that RFC 9457 names are there and agree with the status."""
    document = answer.json()
    assert set(document) <= {"type", "title", "status", "detail", "errors", "more"}
    known = kinds.OF_HTTP.get(answer.status_code)
    assert document["type"] == (known.type if known else "about:blank")
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"]


def test_a_wrong_method_is_told_the_right_ones(app: FastAPI) -> None:
    """405 carries the header Allow."""
    answer = call(app, "POST", "/health/live")

    assert answer.headers["allow"] == "GET"


def test_a_fault_is_logged_under_the_id_that_the_answer_names(
    faulty: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets an id and no traceback; the log gets both."""
    with caplog.at_level(logging.ERROR, "chainruler"):
        answer = call(faulty, "GET", "/crash")

    (record,) = caplog.records
    assert getattr(record, "request_id", None) == answer.headers["x-request-id"]
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


def test_a_fault_in_the_middle_of_an_answer_breaks_it(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """When half an answer is out, it must not be finished as if it were whole: the error goes on to the server."""

    async def half() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError(SECRET)

        return StreamingResponse(chunks())

    app.add_api_route("/half", half)

    with pytest.raises(RuntimeError, match=SECRET):
        call(app, "GET", "/half")
    assert caplog.records


def test_wrong_parameters_are_named_by_pointer_and_at_most_ten(faulty: FastAPI) -> None:
    """Each fault names its place; a thousand faults make no longer an answer than ten."""
    answer = call(faulty, "GET", "/typed?" + "&".join(["numbers=hunter2"] * 1000))

    errors = answer.json()["errors"]
    assert len(errors) == MOST_ERRORS
    assert errors[0]["pointer"] == "/query/numbers/0"
    assert errors[0]["code"] == "int_parsing"
    assert len(answer.content) < 8192


def test_the_renderer_takes_any_text() -> None:
    """Texts with lone surrogates and NULs are rendered, because an error about an error helps nobody."""
    fault = Fault(code="\ud800", pointer="/\udfff", message="\0", hint=None)

    document = orjson.loads(problem(422, "\ud800", faults=[fault]).body)

    assert document["detail"] == "?"
    assert document["errors"] == [{"code": "?", "pointer": "/?", "message": "\0"}]


def test_the_longest_problem_is_short() -> None:
    """However long texts are when they are escaped, and however many: 8 kB are not exceeded, and one fault is left."""
    fault = Fault(code="\1" * 1000, pointer="\2" * 10_000, message="\3" * 10_000, hint="\4" * 10_000)

    body = bytes(problem(422, "\5" * 10_000, faults=[fault] * 1000).body)

    assert len(body) <= 8192
    assert len(orjson.loads(body)["errors"]) >= 1
    assert len(orjson.loads(body)["errors"]) + orjson.loads(body)["more"] == 1000


def test_the_renderer_takes_any_status() -> None:
    """A status that HTTP has no phrase for is an error all the same."""
    document = orjson.loads(problem(499).body)

    assert (document["status"], document["title"]) == (499, "Error")


def test_pointers_are_escaped() -> None:
    """A pointer follows RFC 6901: ~ is ~0 and / is ~1."""
    assert pointer("body", "a/b~c", 0) == "/body/a~1b~0c/0"
    assert pointer() == ""
