"""A service in a process of its own, on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

PATIENCE = 30.0


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[str]
    url: str
    log_file: Path
    banner: str

    def log(self) -> list[dict[str, object]]:
        """The lines logged so far."""
        return [orjson.loads(line) for line in self.log_file.read_text().splitlines()]

    def stop(self) -> int:
        """Ask it to stop, and wait: its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def running(
    *arguments: str, command: Sequence[str] = (sys.executable, "-m", "chainruler", "serve"), **environment: str
) -> Iterator[Service]:
    """A service started with these arguments, stopped at the end whatever happens, and without a drain."""
    with TemporaryDirectory() as folder, (Path(folder) / "stderr").open("w") as log:
        process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "CHAINRULER_PORT": "0", "CHAINRULER_DRAIN_SECONDS": "0", **environment},
        )
        try:
            assert process.stdout is not None
            banner = [process.stdout.readline() for _ in range(4)]
            found = re.search(r"http://\S+:\d+", banner[0])
            assert found, f"no address in {banner}; stderr: {Path(log.name).read_text()}"
            yield Service(process, found[0], Path(log.name), "".join(banner))
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            if process.stdout is not None:
                process.stdout.close()
