"""A service that may have no more memory: it refuses what can never fit, and goes on with what does."""

import sys

import httpx
import numpy as np
import orjson
import pytest

from chainruler.calls.examples import CLASSIFIER
from tests.support.service import PATIENCE, running

CAP = 900_000
"""Kilobytes of address space: an idle worker has 200,000."""
LAYERS = [{"type": "linear", "units": 300}, {"type": "gelu"}] * 2 + [{"type": "linear", "units": 3}]
LARGE = {
    "model": {"layers": LAYERS},
    "loss": {"type": "cross_entropy"},
    "initialize": {"type": "he_normal", "seed": 0},
    "data": {"x": np.ones((60_000, 4)), "y": np.zeros(60_000, int)},
}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold a process to this limit")
def test_what_does_not_fit_into_memory_is_refused() -> None:
    """422 by arithmetic, again and again; small requests are answered in between; nothing is an error of ours."""
    command = ("sh", "-c", f'ulimit -v {CAP}; exec "{sys.executable}" -m chainruler serve')
    body = orjson.dumps(LARGE, option=orjson.OPT_SERIALIZE_NUMPY)
    with running(command=command) as service:
        with httpx.Client(base_url=service.url, timeout=PATIENCE) as client:
            for _ in range(4):
                refused = client.post("/v1/gradients", content=body)
                assert (refused.status_code, refused.headers.get("retry-after")) == (422, None)
                assert refused.json()["errors"][0]["code"] == "too_much_memory"
                assert client.post("/v1/gradients", json=CLASSIFIER).status_code == 200
        errors = [line for line in service.log() if line["level"] == "error"]

        assert errors == []
        assert service.stop() == 0
