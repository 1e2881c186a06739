"""One BLAS thread while something is computed, and what was there before when nothing is."""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from chainruler.calls.blas import OneThread, _blas


def threads() -> int:
    """How many BLAS has."""
    return max(int(library["num_threads"]) for library in threadpool_info() if library["user_api"] == "blas")


@pytest.fixture(autouse=True)
def _two() -> Iterator[None]:
    """A process whose BLAS has two threads, whatever other tests have loaded since it was last looked at."""
    _blas.cache_clear()
    with threadpool_limits(2):
        if threads() != 2:
            pytest.skip("This BLAS has one thread whatever it is told.")
        yield


def test_there_is_one_thread_inside() -> None:
    """And as many as before outside."""
    with OneThread():
        assert threads() == 1

    assert threads() == 2


def test_an_error_gives_back_what_there_was() -> None:
    """As a computation that is refused does."""
    with pytest.raises(ZeroDivisionError), OneThread():
        _ = 1 / 0

    assert threads() == 2


def test_the_last_one_out_restores() -> None:
    """Who leaves first leaves the others theirs."""
    context = OneThread()
    first, second = context, context

    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == 1
    second.__exit__(None, None, None)

    assert threads() == 2
