"""What a request will need is known before it is computed: it is refused, or waits for others, or fits."""

from typing import Any

import numpy as np
import orjson
import pytest
from fastapi import FastAPI

from chainruler.app import create_app
from chainruler.calls.examples import CLASSIFIER
from chainruler.memory import LEDGER
from chainruler.settings import Settings
from tests.support.http import call

MB = 2**20
LARGE = {
    "model": {"layers": [{"type": "linear", "units": 300}, {"type": "relu"}, {"type": "linear", "units": 3}]},
    "loss": {"type": "cross_entropy"},
    "initialize": {"type": "he_normal", "seed": 0},
    "data": {"x": np.ones((20_000, 4)), "y": np.zeros(20_000, int)},
}
"""Its arrays of 20,000 × 300 are 48 MB each."""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """An application; what its worker has for requests is set by each test."""
    app = create_app(Settings())
    monkeypatch.setattr(LEDGER, "for_requests", 1000 * MB)
    return app


def post(app: FastAPI, document: dict[str, Any]) -> Any:
    """Ask for gradients."""
    return call(app, "POST", "/v1/gradients", content=orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY))


def test_what_can_never_fit_is_refused_with_the_number(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """422, and the message says how much it is; what is small is answered beside it, and nothing stays held."""
    monkeypatch.setattr(LEDGER, "for_requests", 50 * MB)
    refused = post(app, LARGE)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "too_much_memory"
    assert "MB of memory at once; this service has 50 MB for requests" in refused.json()["detail"]
    assert post(app, CLASSIFIER).status_code == 200
    assert LEDGER.held == 0


def test_what_does_not_fit_beside_others_is_told_to_come_back(app: FastAPI) -> None:
    """503 with Retry-After while others hold the memory, and 200 when they have gone."""
    with LEDGER.reserve(980 * MB):
        refused = post(app, LARGE)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert post(app, CLASSIFIER).status_code == 200

    assert post(app, LARGE).status_code == 200
    assert LEDGER.held == 0


@pytest.mark.parametrize("layers", [4, 8, 250])
def test_a_tower_of_expensive_activations_is_refused_by_arithmetic(app: FastAPI, layers: int) -> None:
    """A body of 300 kB whose arrays are 160 MB each, within every other limit: an erf costs what it costs."""
    layer = {"type": "linear", "units": 1000}
    tower = {
        "model": {"layers": [layer, *[{"type": "gelu"}] * layers, {"type": "linear", "units": 3}]},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "he_normal", "seed": 0},
        "data": {"x": np.ones((20_000, 1)), "y": np.zeros(20_000, int)},
    }
    refused = post(app, tower)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] in {"too_much_memory", "too_many_operations"}
