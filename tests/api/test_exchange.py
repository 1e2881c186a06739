import logging
import re
from typing import get_type_hints

import pytest
from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig

from chainruler.api.logs import JsonFormatter, json_line
from chainruler.app import NO_TELEMETRY, create_app
from chainruler.settings import Settings
from tests.api.conftest import Log
from tests.support.http import call


async def keep(name: str, request: Request) -> dict[str, int]:
    """A route that reads its whole body."""
    return {name: len(await request.body())}


def test_a_request_is_one_line_of_the_log(app: FastAPI, log: Log) -> None:
    """The line has the route's template and the sizes, and nothing of what path, query or body say."""
    app.add_api_route("/things/{name}", keep, methods=["POST"])

    answer = call(
        app, "POST", "/things/secret?token=secret", content=b"[1.5,2.5,secret]", headers={"X-Request-Id": "me-1"}
    )

    (line,) = log.lines()
    assert isinstance(line.pop("duration_ms"), float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", str(line.pop("time")))
    assert line == {
        "level": "info",
        "event": "request",
        "method": "POST",
        "route": "/things/{name}",
        "caller": "local",
        "status": 200,
        "bytes_in": 16,
        "bytes_out": len(answer.content),
        "request_id": "me-1",
    }
    assert log.raw[0].count(b"\n") == 1
    assert b"secret" not in log.raw[0]


@pytest.mark.parametrize(
    ("path", "status", "route"),
    [
        ("/health/live", 200, "/health/live"),
        ("/docs", 200, "/docs"),
        ("/openapi.json", 200, "/openapi.json"),
        ("/docs/assets/swagger-ui.css", 200, "/docs/assets"),
        ("/nothing-here", 404, None),
    ],
)
def test_the_log_names_the_route_or_none(app: FastAPI, log: Log, path: str, status: int, route: str | None) -> None:
    """A path that no route has is not logged: it is the client's text, and there are endlessly many."""
    call(app, "GET", path)

    assert [(line["status"], line["route"]) for line in log.lines()] == [(status, route)]


def test_a_fault_is_logged_as_a_500(app: FastAPI, log: Log) -> None:
    """An unforeseen error has its line too."""

    def crash() -> None:
        raise RuntimeError

    app.add_api_route("/crash", crash)
    call(app, "GET", "/crash")

    assert [(line["status"], line["route"]) for line in log.lines()] == [(500, "/crash")]


def test_requests_are_not_logged_above_info(log: Log) -> None:
    """CHAINRULER_LOG_LEVEL=warning silences the lines of requests, but not their ids."""
    quiet = create_app(Settings(log_level="warning"), log=log.raw.append)

    answer = call(quiet, "GET", "/health/live")

    assert log.raw == []
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("offered", ["a", "A-1_b.C", "x" * 64])
def test_a_harmless_request_id_comes_back(app: FastAPI, offered: str) -> None:
    """An id of letters, digits, dot, dash and underscore is the client's to choose."""
    answer = call(app, "GET", "/health/live", headers={"X-Request-Id": offered})

    assert answer.headers.get_list("x-request-id") == [offered]


@pytest.mark.parametrize("offered", [None, "", "x" * 65, "a b", 'a"b', "a,b", "ä", "a\t"])
def test_any_other_request_id_is_replaced(app: FastAPI, offered: str | None) -> None:
    """An id that could do harm in a log is replaced by one of ours, different each time."""
    headers = {} if offered is None else {"X-Request-Id": offered.encode("latin-1")}

    ids = {call(app, "GET", "/health/live", headers=headers).headers["x-request-id"] for _ in range(2)}

    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", given) for given in ids)


def test_the_framework_logs_and_measures_nothing_by_itself() -> None:
    """Every switch of FastAPI's telemetry is off, also one that a later release adds."""
    switches = {name for name, kind in get_type_hints(TelemetryConfig).items() if kind is bool}

    assert {"tracing", "metrics", "logs"} <= switches
    assert switches == {name for name, on in NO_TELEMETRY.items() if on is False}


def test_records_of_the_standard_library_join_the_log() -> None:
    """A record of any library becomes one JSON line, its traceback in a field."""
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("two\nlines")
    info = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("uvicorn", logging.ERROR, __file__, 1, "%s broke", ("it",), info)

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert '"event":"it broke"' in line
    assert "ValueError: invalid literal" in line


def test_a_line_can_hold_any_text() -> None:
    """A lone surrogate in a field does not lose the line."""
    assert b'"logger":"?"' in json_line("info", "x", {"logger": "\ud800"})
