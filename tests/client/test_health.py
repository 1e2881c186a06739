import httpx
import pytest

from chainruler_client import Client, Health


def service_that_answers(status: int, body: dict[str, str]) -> httpx.MockTransport:
    """A service whose /health/ready gives this answer and which has nothing else."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body) if request.url.path == "/health/ready" else httpx.Response(404)

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(("status", "word"), [(200, "ready"), (503, "draining")])
def test_health_tells_whether_the_service_takes_requests(status: int, word: str) -> None:
    """A draining service answers 503, which is what the caller asked to know and no error."""
    with Client(transport=service_that_answers(status, {"status": word, "version": "1.2.3"})) as client:
        health = client.health()

    assert health == Health(status=word, version="1.2.3")


def test_health_raises_when_something_else_answers() -> None:
    """An address where no chainruler lives is an error, not a health."""
    with Client(transport=service_that_answers(404, {})) as client, pytest.raises(httpx.HTTPStatusError):
        client.health()
