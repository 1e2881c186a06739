import pytest

from chainruler.wire.bodies import Reader
from tests.wire.documents import READERS


@pytest.fixture(params=list(READERS))
def reader(request: pytest.FixtureRequest) -> Reader:
    """Each of the readers in turn."""
    return READERS[request.param]
