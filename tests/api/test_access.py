"""Who is let in: keys, pages of other origins, and what browsers are told."""

import asyncio
from hashlib import sha256

import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.types import Message

from chainruler.app import create_app
from chainruler.settings import Settings
from tests.api.requests import good
from tests.support.http import call

KEYS = ("hunter2", "correct horse battery staple")


@pytest.fixture
def closed() -> FastAPI:
    """An application that knows two keys."""
    hashes = ",".join(sha256(key.encode()).hexdigest() for key in KEYS)
    return create_app(Settings(api_keys=hashes), log=lambda line: None)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("header", ["Authorization: Bearer ", "Authorization: bearer ", "X-API-Key: "])
def test_a_known_key_opens(closed: FastAPI, header: str, key: str) -> None:
    """Each key does, in either header."""
    name, _, scheme = header.partition(": ")

    assert call(closed, "POST", "/v1/gradients", json=good(), headers={name: scheme + key}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "hunter"},
        {"X-API-Key": sha256(b"hunter2").hexdigest()},
        {"Authorization": "Basic hunter2"},
        {"Authorization": "hunter2"},
        {"Cookie": "key=hunter2"},
    ],
)
def test_anything_else_does_not(closed: FastAPI, headers: dict[str, str]) -> None:
    """401 says how to send a key; the hash of a key is none."""
    answer = call(closed, "POST", "/v1/gradients", json=good(), headers=headers)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["errors"][0]["code"] == "unknown_key"


def test_no_body_is_read_without_a_key(closed: FastAPI) -> None:
    """The answer is whole before anything of the body is read, and what is read after it is forgotten."""
    events: list[object] = []

    async def receive() -> Message:
        events.append("read")
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        events.append(message.get("status", message.get("body")))

    headers = [(b"content-length", b"2")]
    scope = {"type": "http", "method": "POST", "path": "/v1/gradients", "root_path": "", "headers": headers}
    asyncio.run(closed(scope, receive, send))

    assert events[0] == 401
    assert b"unknown_key" in events[1]  # type: ignore[operator]
    assert events[2:] == ["read", b""]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health/live", 200),
        ("/docs", 200),
        ("/openapi.json", 200),
        ("/docs/errors", 200),
        ("/v1/layers", 401),
        ("/metrics", 401),
    ],
)
def test_health_and_documentation_are_open(closed: FastAPI, path: str, status: int) -> None:
    """Everything else is not."""
    assert call(closed, "GET", path).status_code == status


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/gradients"), ("GET", "/v1/layers"), ("GET", "/metrics")])
def test_nothing_opens_below_another_application(closed: FastAPI, method: str, path: str) -> None:
    """Where the service is mounted under a prefix, keys are asked for as they are without."""
    outer = FastAPI()
    outer.mount("/course", closed)

    assert call(outer, method, f"/course{path}", json=good()).status_code == 401
    assert call(outer, method, f"/course{path}", json=good(), headers={"X-API-Key": KEYS[0]}).status_code == 200


def test_keys_are_described(closed: FastAPI, app: FastAPI) -> None:
    """The description names both headers if there are keys, and none if there are not."""
    with_keys, without = (call(one, "GET", "/openapi.json").json() for one in (closed, app))

    assert with_keys["paths"]["/v1/step"]["post"]["security"] == [{"bearer": []}, {"header": []}]
    assert "security" not in with_keys["paths"]["/health/live"]["get"]
    assert "securitySchemes" not in without["components"]


@pytest.mark.parametrize("setting", ["hunter2", "ABC", sha256(b"x").hexdigest() + ";"])
def test_a_key_in_plain_text_is_no_setting(setting: str) -> None:
    """Only hashes are."""
    with pytest.raises(ValidationError):
        Settings(api_keys=setting)


def test_pages_of_other_origins_are_kept_out(app: FastAPI) -> None:
    """Without the setting, no answer allows any origin, and there is no preflight."""
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}

    assert call(app, "OPTIONS", "/v1/gradients", headers=headers).status_code == 405
    assert "access-control-allow-origin" not in call(app, "GET", "/health/live", headers=headers).headers


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://course.example", True), ("https://elsewhere.example", False)]
)
def test_an_origin_can_be_let_in(origin: str, allowed: bool) -> None:
    """The setting names those whose pages may call, also without a key for the preflight."""
    key = sha256(b"hunter2").hexdigest()
    service = create_app(Settings(cors_origins="https://course.example", api_keys=key), log=lambda line: None)
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}

    asked = call(service, "OPTIONS", "/v1/gradients", headers=headers)
    answer = call(service, "POST", "/v1/gradients", json=good(), headers={"Origin": origin, "X-API-Key": "hunter2"})

    assert (asked.status_code == 200) is allowed
    assert answer.status_code == 200
    assert answer.headers.get("access-control-allow-origin") == ("https://course.example" if allowed else None)


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/nothing-here"])
def test_browsers_are_told_to_be_careful(app: FastAPI, path: str) -> None:
    """Nothing is guessed, kept, or told to others."""
    headers = call(app, "GET", path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
