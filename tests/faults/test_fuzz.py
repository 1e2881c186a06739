"""A hundred thousand requests with something changed, half of them each day: no error of ours, no hang, no growth."""

import gc
import os
from collections import Counter

import pytest

from chainruler.app import create_app
from chainruler.settings import Settings
from tests.faults.driving import driven
from tests.faults.mutating import GOOD, mutants
from tests.support.processes import Process

SHARDS, EACH = 10, 10_000
SMALL = Settings(
    max_parameters=100_000,
    max_numbers=1_000_000,
    max_jacobian_numbers=1_000_000,
    max_operations=500_000_000,
    max_steps=2_000,
    max_training_operations=2_000_000_000,
    threads=1,
    deadline_seconds=60,
)
"""Limits within which nothing that is allowed takes two seconds: beyond them, what takes long has to be refused."""
SECONDS, GROWTH = 2.0, 48 * 2**20
EXPECTED = {200, 400, 406, 413, 415, 422}


@pytest.mark.sampled(0.5)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, on numbers that are made to overflow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_hundred_thousand_mutants(shard: int) -> None:
    """Each is answered or refused in a moment, and the second half leaves nothing behind."""
    app = create_app(SMALL, log=lambda _line: None)
    process = Process(os.getpid())
    statuses: Counter[int] = Counter()
    paths: Counter[str] = Counter()
    halfway = 0
    requests = list(mutants(shard, EACH))
    for place, (request, came) in enumerate(zip(requests, driven(app, requests), strict=True)):
        statuses[came.status] += 1
        paths[request.path] += came.status == 200
        if place == EACH // 2:
            gc.collect()
            halfway = process.resident

        assert came.status in EXPECTED, (request, came)
        assert came.status == 200 or len(came.content) <= 8192, (request, came)
        assert came.seconds < SECONDS, (request, came.status, came.seconds)

    gc.collect()
    assert process.resident - halfway < GROWTH
    assert statuses[200] > EACH / 20
    assert set(paths) == {path for path, _ in GOOD}
