"""What each kind of entry is said to weigh, against what a process really grows by."""

import json

import pytest

from chainruler.memory.ledger import SHARES
from tests.memory.weighing import USES
from tests.support.repository import PYTHON, ROOT, run

WITHIN = 1.3
SEARCHED = {"kernels", "structures", "keys"}
"""What only a search for mistakes fills; that is slow where every allocation is traced."""


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SEARCHED else name for name in USES]
)
def test_a_weight_is_what_the_process_grows_by(name: str) -> None:
    """All entries of a kind weigh together what they keep alive, once every other cache has let go."""
    count, weight, grown = json.loads(run(PYTHON, "-m", "tests.memory.weighing", name, cwd=ROOT))

    assert count >= len(USES[name][1])
    assert grown / WITHIN <= weight <= grown * WITHIN, (weight, grown)


def test_every_kind_is_weighed() -> None:
    """A cache that is new has to be held against the process too."""
    assert set(USES) == set(SHARES)
