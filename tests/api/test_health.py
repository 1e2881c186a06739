from fastapi import FastAPI

from chainruler import __version__
from tests.support.http import call


def test_live_answers_while_the_process_does(app: FastAPI) -> None:
    """/health/live is 200 and names the version, also while draining: a draining process must not be restarted."""
    before = call(app, "GET", "/health/live")
    app.state.readiness.drain()
    after = call(app, "GET", "/health/live")

    assert before.json() == after.json() == {"status": "live", "version": __version__}
    assert before.status_code == after.status_code == 200


def test_a_probe_may_ask_for_the_status_alone(app: FastAPI) -> None:
    """HEAD has the status that GET has, as some load balancers ask."""
    app.state.readiness.drain()

    assert [call(app, "HEAD", f"/health/{name}").status_code for name in ("live", "ready")] == [200, 503]


def test_ready_turns_503_when_draining(app: FastAPI) -> None:
    """/health/ready is 200 until the process drains, and 503 from then on."""
    before = call(app, "GET", "/health/ready")
    app.state.readiness.drain()
    after = call(app, "GET", "/health/ready")

    assert (before.status_code, before.json()["status"]) == (200, "ready")
    assert (after.status_code, after.json()["status"]) == (503, "draining")


def test_a_draining_process_closes_its_connections(app: FastAPI) -> None:
    """Answers say `Connection: close` while draining, so that no client reuses what is about to close."""
    before = call(app, "GET", "/health/live")
    app.state.readiness.drain()
    after = call(app, "GET", "/health/live")

    assert "connection" not in before.headers
    assert after.headers["connection"] == "close"
