"""What holds for all tests."""

import gc
import signal
import ssl
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.support import sampling
from tests.support.scheduling import ByTest

pytest_plugins = ["pytester"]

# A slow machine fails no test: what measures time says so itself.
settings.register_profile("sampled", deadline=None, max_examples=sampling.examples(100))
settings.load_profile("sampled")

# httpx reads the machine's certificates for each client that is made: a tenth of a second, of which tests made minutes.
ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]

# Where a script runs the tests in its background, interrupts are ignored, and by every program that is started from
# here too: one that a test interrupts would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Say which cases of sampled tests run, so that a failure can be repeated on another day."""
    return f"sampled by {sampling.VARIABLE}={sampling.seed()}"


@pytest.hookimpl(wrapper=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Iterator[None]:
    """Leave out the cases of sampled tests that are not of today."""
    yield
    sampling.thin(metafunc)


def pytest_collection_finish() -> None:
    """Have the collector of garbage leave out what stays until the end: thousands of tests, and what they import."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByTest:
    """Hand the cases of a test to one process."""
    return ByTest(config, log)
