"""A class graded by several processes at once, each of which takes a few submissions and then the next few."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

CAN_FORK = sys.platform == "linux"
"""A process can be copied with all that it knows. Elsewhere that is impossible or unsafe beside the machine's BLAS."""
TURNS = 32
"""How often each process comes back for more, as one may have got the submissions that take long."""

_work: Callable[[int], Any]


def number(text: str) -> int:
    """How many processes an option says."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least one process grades")
    return int(text)


def results(work: Callable[[int], Any], number: int, processes: int) -> Iterator[Any]:
    """What the work gives for 0, 1, …, in this order; it ends early if a process is killed.

    The processes are copies of this one as it is now, so the work may hold anything; its results must be picklable.
    """
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), _begin, (work,))
    return _collected(pool, pool.map(_done, range(number), chunksize=-(-number // (TURNS * processes))))


def _collected(pool: ProcessPoolExecutor, coming: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from coming
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[int], Any]) -> None:
    """Remember the work, and leave Ctrl-C to the process that waits for it.

    What there was before the copy stays, and the collector of garbage does not look through it again and again.
    """
    global _work  # noqa: PLW0603  (the one thing that a pool can give its processes)
    _work = work
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _done(index: int) -> Any:
    return _work(index)
