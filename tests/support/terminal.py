"""The command as a person sees it: on a pseudo terminal, and as a program sees it: through pipes."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import termios
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chainruler.cli import main

ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Seen:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str = ""

    @property
    def text(self) -> str:
        """What stands on the terminal, without colours."""
        return ESCAPES.sub("", self.out).replace("\r\n", "\n")


@dataclass(frozen=True)
class Terminal:
    """A pseudo terminal: what is written to `device` can be read once it is closed."""

    device: io.TextIOWrapper
    pieces: list[bytes]


@contextlib.contextmanager
def terminal(columns: int = 80) -> Iterator[Terminal]:
    """A terminal of this width, which is read while it is written to, as a real one is."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = Terminal(os.fdopen(writer, "w", encoding="utf-8"), [])
    thread = threading.Thread(target=_read, args=(reader, shown.pieces))
    thread.start()
    try:
        yield shown
    finally:
        shown.device.close()
        thread.join()
        os.close(reader)


def on_terminal(*arguments: str | Path, columns: int = 80, **environment: str) -> Seen:
    """What a person sees who calls the command with these arguments in this process."""
    with pytest.MonkeyPatch.context() as patch, terminal(columns) as shown:
        patch.delenv("NO_COLOR", raising=False)
        # rich would ask the terminal that this process was started on for its width
        for name, value in {"COLUMNS": str(columns), "TERM": "xterm-256color", **environment}.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(shown.device), contextlib.redirect_stderr(shown.device):
            code = _code(*arguments)
    return Seen(code, b"".join(shown.pieces).decode())


def piped(*arguments: str | Path, stdin: bytes = b"") -> Seen:
    """What a program reads that calls the command with these arguments, stdout and stderr apart."""
    out, err, given = io.StringIO(), io.StringIO(), io.TextIOWrapper(io.BytesIO(stdin))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr("sys.stdin", given)
        code = _code(*arguments)
    return Seen(code, out.getvalue(), err.getvalue())


def _code(*arguments: str | Path) -> int:
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as ended:  # argparse's way
        return int(ended.code or 0)


def _read(reader: int, pieces: list[bytes]) -> None:
    while True:
        try:
            piece = os.read(reader, 65536)
        except OSError:  # the other end is closed
            return
        pieces.append(piece)
