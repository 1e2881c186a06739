"""Which functions are called while something runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import TypeAlias

Place: TypeAlias = tuple[str, str]
"""The stem of a file, and the name of a function or method in it."""


def calls(folder: Path, parts: Iterable[Callable[[], object]]) -> set[Place]:
    """The functions of a folder that are called, in any thread, while the parts run.

    What is inside a function counts as the function. A part that gives False has failed.
    """
    seen: set[tuple[str, str]] = set()

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            seen.add((frame.f_code.co_filename, frame.f_code.co_qualname))

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        passed = [part() is not False for part in parts]
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert all(passed)
    inside = [(Path(file).stem, name) for file, name in seen if file.startswith(str(folder))]
    return {(stem, name.partition(".<locals>")[0]) for stem, name in inside}
