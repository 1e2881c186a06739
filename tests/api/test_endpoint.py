"""The one runtime: codecs, refusal styles, streams and deadlines, without a socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from time import sleep
from typing import Any

import numpy as np
import orjson
import pytest

from chainruler.api.endpoint import Endpoint
from chainruler.api.metrics import Metrics
from chainruler.api.openapi import operation
from chainruler.api.placement import CODEC
from chainruler.api.runtime import Runtime
from chainruler.calls.codecs import DOCUMENTS, LINES, PLAIN, Codec
from chainruler.faces.lambda_feedback.table import EVAL
from chainruler.faces.mued.table import REFUSALS as MUED
from chainruler.faces.mued.table import VERSIONED
from chainruler.handlers.context import Context, Staged, Unwanted, Work
from chainruler.refusals.styles import PROBLEMS, RefusalStyle
from chainruler.settings import Settings
from chainruler.wire import answers
from tests.api.transport import MOST_BYTES, Client, Number, call_of

SECONDS = 0.5
WORDS: dict[str, tuple[RefusalStyle, Callable[[Any], str]]] = {
    "problems": (PROBLEMS, lambda body: body["detail"]),
    "mued": (MUED, lambda body: body["message"]),
    "lambda feedback": (EVAL.refusals, lambda body: body["error"]["message"]),
}
"""Each way to refuse, with where its message stands."""
CODECS = {"documents": DOCUMENTS, "plain": PLAIN, "versioned": VERSIONED}


def doubled(request: Number, _context: Context) -> dict[str, Any]:
    """A quick handler."""
    return {"value": 2 * request.value}


def endless(_request: Number, context: Context) -> dict[str, Any]:
    """A handler that ends when nobody waits for it, or after ten seconds."""
    for _ in range(1000):
        context.check_wanted()
        sleep(0.01)
    return {}


@pytest.mark.parametrize("style", WORDS)
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("operations", [0.0, 1e9], ids=["on the loop", "in a thread"])
def test_a_request_is_answered(codec: str, style: str, operations: float) -> None:
    """Whatever writes its bodies, refuses, or computes it: the same document, its length, and the codec's headers."""
    call = call_of(doubled, codec=CODECS[codec], refusals=WORDS[style][0], operations=operations)

    status, headers, body = Client([b'{"value":', b"1.5}"]).ask(call)

    assert (status, orjson.loads(body)) == (200, {"value": 3.0})
    assert (headers["content-type"], headers["content-length"]) == ("application/json", str(len(body)))
    assert headers.get("X-Api-Version") == ("0.1.0" if codec == "versioned" else None)


def test_between_the_pieces_of_an_answer_others_are_served() -> None:
    """Also where the client takes them as fast as they come, so that sending never waits."""
    answer = {"value": np.zeros(5 * answers.MOST_AT_ONCE)}
    client = Client()
    turns: list[int] = []

    async def count() -> None:
        while True:
            turns.append(len(client.sent))
            await asyncio.sleep(0)

    async def run() -> None:
        runtime = Runtime.of(Settings(), Metrics())
        other = asyncio.ensure_future(count())
        await Endpoint(call_of(lambda *_: answer), runtime)(client.scope, client.receive, client.send)
        other.cancel()

    asyncio.run(run())

    sent = range(2, len(client.sent))
    assert len(sent) > 5
    assert set(sent) <= set(turns)


WRONG: dict[str, tuple[dict[str, Any], int, dict[str, Any]]] = {
    "malformed": ({"pieces": [b"{"]}, 400, {}),
    "a wrong type": ({"pieces": [b'{"value":"x"}']}, 422, {}),
    "compressed": ({"headers": [(b"content-encoding", b"gzip")]}, 415, {}),
    "declared too large": ({"headers": [(b"content-length", b"9999")]}, 413, {}),
    "too large": ({"pieces": [b" " * MOST_BYTES, b" "]}, 413, {}),
    "too slow": ({"ends": False}, 408, {"deadline_seconds": SECONDS}),
    "no key": ({}, 401, {"api_keys": sha256(b"k").hexdigest()}),
    "no thread": ({}, 503, {"max_queue": 0, "busy": True}),
    "no end": ({}, 503, {"deadline_seconds": SECONDS}),
}
"""Requests that are refused, each with our status and the settings it is made under."""


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("style", WORDS)
@pytest.mark.parametrize("case", WRONG)
def test_a_refusal_is_in_the_words_of_its_protocol(case: str, style: str) -> None:
    """Its status, its media type, a message where the protocol has it, and the headers of the refusal."""
    request, ours, settings = WRONG[case]
    refusals, message = WORDS[style]

    status, headers, body = Client(**request).ask(call_of(endless, refusals=refusals), **settings)

    assert status == refusals.statuses.get(ours, ours)
    assert (headers["content-type"], headers["content-length"]) == (refusals.media_type, str(len(body)))
    assert message(orjson.loads(body))
    assert headers.get("retry-after") == ("1" if case == "no thread" else None)
    assert headers.get("x-api-version") == ("0.1.0" if style == "mued" else None)


@pytest.mark.parametrize("accept", [b"image/png", b"text/html"])
def test_a_codec_refuses_what_it_cannot_write(accept: bytes) -> None:
    """A codec that looks at Accept, that is; the others answer in the one way they have."""
    statuses = [Client(headers=[(b"accept", accept)]).ask(call_of(doubled, codec=one))[0] for one in CODECS.values()]

    assert statuses == [406, 200, 200]


@pytest.mark.parametrize("goes", [True, False], ids=["the client goes", "the deadline comes"])
def test_what_nobody_waits_for_ends(goes: bool) -> None:
    """The handler is told through its context; a client that has gone is sent nothing, another is refused."""
    ended = threading.Event()

    def handler(request: Number, context: Context) -> dict[str, Any]:
        try:
            return endless(request, context)
        except Unwanted:
            ended.set()
            raise

    status, _, _ = Client(goes=goes).ask(call_of(handler), deadline_seconds=60 if goes else SECONDS)

    assert status == (0 if goes else 503)
    assert ended.wait(10)


def where() -> str:
    """Whether this runs on the event loop or in a thread for computing."""
    return "thread" if threading.current_thread().name.startswith("compute") else "loop"


@pytest.mark.parametrize(
    ("operations", "size", "places"),
    [(0.0, 2, ["loop"] * 4), (1e9, 2, ["loop", "loop", "thread", "thread"]), (0.0, 2**18, ["thread"] * 4)],
    ids=["quick", "long", "a large body"],
)
def test_a_handler_in_two_stages_runs_where_its_cost_says(operations: float, size: int, places: list[str]) -> None:
    """Reading, preparing, running and writing; a thread reads and writes under the lock that all threads share."""
    seen: list[tuple[str, bool]] = []

    def note(result: Any) -> Any:
        seen.append((where(), CODEC.locked()))
        return result

    @Staged
    def handler(request: Number, context: Context) -> Work:
        note(None)
        return Work(lambda: note(doubled(request, context)), operations)

    plain = PLAIN.settle({})
    watched = plain._replace(
        decode=lambda content, limits: note(plain.decode(content, limits=limits)),
        encode=lambda answer: note(plain.encode(answer)),
    )
    codec = Codec(PLAIN.takes, PLAIN.gives, lambda _: watched)
    body = b'{"value":1}' + b" " * size

    status, _, answer = Client([body]).ask(call_of(handler, codec=codec), max_body_bytes=2**20)

    assert (status, orjson.loads(answer)) == (200, {"value": 2.0})
    assert [place for place, _ in seen] == places
    assert [locked for _, locked in seen] == [places[0] == "thread", False, False, places[3] == "thread"]


@pytest.mark.parametrize(
    ("query", "answer"),
    [(b"", 0), (b"more=3", 3), (b"more=3&other=4", 3), (b"more=x", "/more"), (b"value=1&more=2.5", "/more")],
)
def test_a_get_is_asked_by_its_path_and_query(query: bytes, answer: int | str) -> None:
    """Texts are read as what the request's model says; others are ignored, and wrong ones refused at their place."""
    call = call_of(lambda request, _: {"all": [request.value, request.more]}, method="GET", operations=0.0)

    status, _, body = Client([b"ignored"], method="GET", path_params={"value": "0.5"}, query_string=query).ask(call)

    told = orjson.loads(body)
    assert status == 200 or told["errors"][0]["message"] == "more must be a whole number."
    assert (told["errors"][0]["pointer"] if status == 422 else told["all"]) == (
        answer if isinstance(answer, str) else [0.5, answer]
    )


def test_what_a_get_is_asked_by_is_described() -> None:
    """Each parameter where it stands, and the refusals that a wrong one gets."""
    told = operation(call_of(doubled, method="GET", template="/numbers/{value}"))

    assert {one["name"]: (one["in"], one["required"]) for one in told["openapi_extra"]["parameters"]} == {
        "value": ("path", True),
        "more": ("query", False),
    }
    assert set(told["responses"]) >= {200, 401, 404, 406, 422, 500}


def grumbling(context: Context) -> Callable[[Any], Any]:
    """A stream: it doubles values, answers nothing to null, and has no end for 9."""

    def answer(document: dict[str, Any]) -> dict[str, Any] | None:
        if document["value"] is None:
            return None
        return endless(Number(), context) if document["value"] == 9 else {"value": 2 * document["value"]}

    return answer


STREAM = call_of(grumbling, codec=LINES, streams=True)


def lines_of(body: bytes) -> list[tuple[int, Any]]:
    """For each line of an answer its number, and its value or the status of its error."""
    told = [orjson.loads(line) for line in body.splitlines()]
    return [(line["line"], line["value"] if "value" in line else line["error"]["status"]) for line in told]


@pytest.mark.parametrize(
    ("pieces", "settings", "answers"),
    [
        ([b'{"value":1}\n{"value":', b'2}\n\n{"value":null}\n{"value":3}'], {}, [(1, 2), (2, 4), (5, 6)]),
        ([b'{"value":1}\n{\n[]\n{"value":2}'], {}, [(1, 2), (2, 400), (3, 422), (4, 4)]),
        ([b'{"value":1}\n', b" " * (MOST_BYTES + 1)], {}, [(1, 2), (2, 413)]),
        ([b'{"value":9}\n{"value":1}'], {"deadline_seconds": SECONDS, "threads": 2}, [(1, 503), (2, 2)]),
    ],
    ids=["lines", "bad lines", "too long", "no end"],
)
def test_a_stream_answers_line_by_line(
    pieces: list[bytes], settings: dict[str, Any], answers: list[tuple[int, Any]]
) -> None:
    """Each line by its number, however the bytes are cut; what is wrong with one is reported in its place."""
    status, headers, body = Client(pieces).ask(STREAM, **settings)

    assert (status, headers["content-type"]) == (200, "application/x-ndjson")
    assert lines_of(body) == answers


def test_a_stream_ends_with_its_client() -> None:
    """The line under way is told through its context, and nothing more is sent."""
    contexts: list[Context] = []

    def opened(context: Context) -> Callable[[Any], Any]:
        contexts.append(context)
        return grumbling(context)

    client = Client([b'{"value":1}\n{"value":9}\n'], ends=False, goes=True)

    client.ask(replace(STREAM, handler=opened), deadline_seconds=60)

    assert client.sent[-1].get("more_body", True)
    assert [context.wanted for context in contexts] == [False]
