"""What the C library keeps of freed memory, and what it gives back to the kernel."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
THRESHOLD = 64 * 2**20


def keep_freed_memory() -> bool:
    """Have the C library keep what is freed for a while, and say whether it can; only glibc on Linux does.

    It would give each large buffer back to the kernel, and the next request would pay a page fault for every 4 kB.
    """
    libc = _glibc()
    return libc is not None and all(libc.mallopt(which, THRESHOLD) for which in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))


def give_back_freed_memory() -> bool:
    """Give the kernel what is freed by now, and say whether there was any: 5 ms for 60 MB, 20 µs for nothing.

    The thresholds are no bound: a small block at the end of the heap holds everything before it.
    """
    libc = _glibc()
    return libc is not None and bool(libc.malloc_trim(0))


def _glibc() -> ctypes.CDLL | None:
    """The C library, if it has both functions; musl has neither, and keeps less."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
