"""How much memory there is, and how many cores: of the machine, of the container, of the process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MACHINE, LIMITED = 0.5, 0.9
"""The part that a service takes unless it is told otherwise: a machine has other uses, a limit is for it alone."""
PAGE = 4096
LEAST_OF_WORKER = 192 * 2**20
"""The interpreter with its libraries, what is set aside, and the least that caches and requests need."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_of_worker(configured: int, workers: int) -> int:
    """How many bytes one of several workers may have; `configured` is what all of them together may, 0 if unsaid."""
    most = (configured or _of_service()) // workers
    limit = _of_process()
    return most if limit is None else min(most, int(LIMITED * limit))


def resident() -> int:
    """How many bytes of this process are in memory now."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _page()
    except OSError:
        import resource  # noqa: PLC0415 (not everywhere, and needed only where there is no /proc)

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _of_service() -> int:
    limits = [limit for limit in map(_read, _limit_files()) if limit is not None]
    machine = os.sysconf("SC_PHYS_PAGES") * _page()
    limit = min(limits, default=machine)
    return int(LIMITED * limit) if limit < machine else int(MACHINE * machine)


def _of_process() -> int | None:
    """What a limit on the address space leaves, of which a part is never in memory; None if there is no limit."""
    try:
        import resource  # noqa: PLC0415 (Windows has none)
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY or not Path("/proc/self/statm").exists():
        return None
    mapped, in_memory = (int(pages) * _page() for pages in Path("/proc/self/statm").read_text().split()[:2])
    return limit - mapped + in_memory


def _limit_files(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[Path]:
    """The files that hold a limit of this process' control group or of one around it, by versions 2 and 1."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return []
    found = []
    for _, controllers, path in lines:
        if controllers in {"", "memory"}:
            top = root / controllers
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            here = top / path.lstrip("/")
            found += [place / name for place in (here, *here.parents) if place.is_relative_to(top)]
    return found


def _read(file: Path) -> int | None:
    """The limit in a file; None where there is none, or it says `max`."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _page() -> int:
    return os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else PAGE
