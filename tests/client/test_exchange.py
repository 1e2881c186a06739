"""When a call is tried again, how long is waited before, and what it ends in: without a clock and without a network."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from chainruler_client import (
    ChainrulerError,
    ConnectionFailed,
    NotFound,
    OverLimit,
    ServiceFault,
    StatusError,
    TimedOut,
    TookTooLong,
    Unauthorized,
    Unavailable,
    UnreadableAnswer,
    calls,
)
from chainruler_client.exchange import HttpRequest, Pause, Response, exchange
from chainruler_client.options import Options

LIVE = Response(200, {"content-type": "application/json"}, b'{"status": "live", "version": "1"}')
BROKEN = ConnectionFailed("broken")


def status(code: int, kind: str = "", **headers: str) -> Response:
    """A refusal with this status, and of this kind if the service tells one."""
    problem = orjson.dumps({"type": f"/docs/errors#{kind}", "detail": "no"}) if kind else b"<html>"
    return Response(code, {name.replace("_", "-"): value for name, value in headers.items()}, problem)


def play(outcomes: Iterable[Response | ChainrulerError], **options: Any) -> tuple[Any, list[float], list[HttpRequest]]:
    """The result or the error that a call ends in, the pauses on the way, and the requests."""
    flow = exchange(calls.live(), Options(**options))
    pauses, requests = [], []
    try:
        wanted = next(flow)
        for outcome in outcomes:
            assert isinstance(wanted, HttpRequest)
            requests.append(wanted)
            wanted = flow.throw(outcome) if isinstance(outcome, ChainrulerError) else flow.send(outcome)
            assert isinstance(wanted, Pause)
            pauses.append(wanted.seconds)
            wanted = next(flow)
    except StopIteration as done:
        return done.value, pauses, requests
    except ChainrulerError as error:
        return error, pauses, requests
    raise AssertionError("It went on.")


@pytest.mark.parametrize(
    "outcome", [BROKEN, *map(status, (408, 429, 502, 503, 504))], ids=lambda one: str(getattr(one, "status", "broken"))
)
def test_what_may_pass_is_tried_twice_more(outcome: Response | ChainrulerError) -> None:
    """After two failures the third attempt may still succeed; after a third failure the caller is told."""
    result, pauses, requests = play([outcome, outcome, LIVE])
    error, _, others = play([outcome, outcome, outcome])

    assert (result.status, len(pauses)) == ("live", 2)
    assert type(error) is (ConnectionFailed if outcome is BROKEN else Unavailable)
    assert len(requests) == len(others) == 3


@pytest.mark.parametrize("code", [400, 401, 404, 413, 415, 422, 500, 501])
def test_what_does_not_pass_is_told_at_once(code: int) -> None:
    """The same request would be refused again."""
    error, pauses, _ = play([status(code)])

    assert (error.status, pauses) == (code, [])


def test_a_call_that_took_the_service_too_long_is_not_tried_again() -> None:
    """It is a 503, but the same request would end the same, after as long again."""
    error, pauses, _ = play([status(503, "took-too-long")])

    assert (type(error), pauses) == (TookTooLong, [])


def test_a_call_that_ran_out_of_time_is_not_tried_again() -> None:
    """The caller has said how long to wait."""
    error, pauses, _ = play([TimedOut("late")])

    assert (type(error), pauses) == (TimedOut, [])


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_the_number_of_attempts_can_be_chosen(retries: int) -> None:
    """No retries, or more of them."""
    error, pauses, requests = play([BROKEN] * 9, retries=retries)

    assert isinstance(error, ConnectionFailed)
    assert (len(pauses), len(requests)) == (retries, retries + 1)


def test_pauses_grow_and_differ() -> None:
    """Each is about twice the one before, never more than eight seconds, and no two clients wait alike."""
    several = [play([BROKEN] * 9, retries=8)[1] for _ in range(20)]

    for pauses in several:
        assert all(0.25 * 2**i <= pause <= 0.5 * 2**i for i, pause in enumerate(pauses[:5]))
        assert all(4 <= pause <= 8 for pause in pauses[5:])
    assert len({pauses[0] for pauses in several}) == 20


def test_the_service_says_how_long_to_wait() -> None:
    """Retry-After in seconds is waited out, and a little more so that not all come back at once."""
    pauses = [play([status(503, "busy", retry_after="7"), LIVE])[1][0] for _ in range(20)]

    assert all(7 <= pause <= 7 * 1.25 for pause in pauses)
    assert len(set(pauses)) == 20


def test_the_service_may_say_it_as_a_date() -> None:
    """The other form of Retry-After; a date that is past is no wait."""
    soon, past = (format_datetime(datetime.now(UTC) + timedelta(seconds=s), usegmt=True) for s in (20, -20))

    _, pauses, _ = play([status(429, retry_after=soon), status(429, retry_after=past), LIVE])

    assert 18 <= pauses[0] <= 25
    assert pauses[1] == 0


@pytest.mark.parametrize("nonsense", ["soon", "-3", "1.5.2", ""])
def test_a_retry_after_that_cannot_be_read_is_passed_over(nonsense: str) -> None:
    """Then the client waits as long as it would anyway."""
    _, (pause,), _ = play([status(503, retry_after=nonsense), LIVE])

    assert 0.25 <= pause <= 0.5


def test_too_long_a_wait_is_the_callers_to_decide() -> None:
    """A service that asks for more than a minute is not waited for; the error says for how long it asks."""
    error, pauses, _ = play([status(503, retry_after="3600")])

    assert (type(error), error.retry_after, pauses) == (Unavailable, 3600.0, [])


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        (401, "unauthorized", Unauthorized),
        (403, "", Unauthorized),
        (404, "not-found", NotFound),
        (413, "body-too-large", OverLimit),
        (413, "", OverLimit),
        (422, "over-budget", OverLimit),
        (500, "internal-error", ServiceFault),
        (507, "", ServiceFault),
        (302, "", UnreadableAnswer),
    ],
)
def test_a_refusal_is_an_error_by_its_kind_or_its_status(code: int, kind: str, expected: type[StatusError]) -> None:
    """A proxy in between has a status too, but no kind."""
    error, _, _ = play([status(code, kind)], retries=0)

    assert type(error) is expected


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b"", b"[]", b"null", b'"live"', b"{}", b'{"status": "live"}', b"\xff"],
    ids=lambda body: body.decode("latin-1") or "empty",
)
def test_an_answer_of_something_else_is_told_as_that(body: bytes) -> None:
    """200 and no result: the address is that of some other server."""
    error, _, _ = play([Response(200, {"content-type": "application/json"}, body)])

    assert type(error) is UnreadableAnswer
    assert "/health/live" in str(error)
    assert error.request_id


@pytest.mark.parametrize("body", [b"\x09", b"\xff" * 50, b"\2\0\0\0\0\0\0\0{}", b'\x0d\0\0\0\0\0\0\0{"a":{"b":1}}'])
def test_broken_tensors_are_told_as_that(body: bytes) -> None:
    """The same for an answer in binary."""
    error, _, _ = play([Response(200, {"content-type": "application/vnd.safetensors"}, body)])

    assert type(error) is UnreadableAnswer


def test_a_call_has_one_id_whatever_becomes_of_it() -> None:
    """It is sent, so that the service's log has it; result and error have it too, or what the service made of it."""
    error, _, (first, second, third) = play([BROKEN, status(503), TimedOut("late")])
    sent = first.headers["X-Request-Id"]
    renamed, _, _ = play([Response(200, {**LIVE.headers, "x-request-id": "theirs"}, LIVE.content)])
    plain, _, (only,) = play([LIVE])

    assert sent == second.headers["X-Request-Id"] == third.headers["X-Request-Id"] == error.request_id
    assert renamed.request_id == "theirs"
    assert plain.request_id == only.headers["X-Request-Id"] != sent
