"""One BLAS thread for as long as something is computed, where the process is not all ours.

How many threads share a product decides in which order its numbers are added up, and so its last bits. A service has
one from its start. Code that computes in somebody else's process takes one, and restores the number afterwards.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from types import TracebackType
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController


class OneThread:
    """A context in which BLAS has one thread; several threads may be in it at once, and the last one out restores."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limit = _blas().limit(limits=1)
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limit.restore_original_limits()


ONE_THREAD = OneThread()
"""The one of this process: BLAS has one number of threads for all."""


@cache
def _blas() -> ThreadpoolController:
    """The libraries that NumPy computes with, found once they are loaded."""
    np.dot(0.0, 0.0)
    return ThreadpoolController().select(user_api="blas")
