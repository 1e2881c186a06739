"""`chainruler demo`.

Start the service, and walk through it with a worked example: its gradient, the derivation, and a wrong answer that is
told where it goes wrong. Every step is a command that you can repeat. At the end the service stays until you leave.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Group
from rich.rule import Rule
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.commands.serve import NOT_INSTALLED, SERVER_PACKAGE
from chainruler.cli.complaints import Complaint
from chainruler.cli.main import INTERRUPTED, main
from chainruler.cli.showing import consoles
from chainruler_client import Client, calls

EXAMPLE = "two_two_two"
WRONG = '{"W1": "outer(dh, x)"}'
STEPS: tuple[tuple[str, str, str], ...] = (
    (
        "A problem",
        "A model, a loss, parameters and data. This one comes with chainruler; yours would be a file in JSON.",
        f"chainruler textbook show {EXAMPLE}",
    ),
    (
        "What is the gradient?",
        "The loss, and its gradient by every parameter. It can be checked on paper.",
        f"chainruler grad {EXAMPLE}",
    ),
    (
        "How does one get there?",
        "The derivation as a textbook prints it. It is not typed in anywhere: it is the gradient itself, printed.",
        f"chainruler derive {EXAMPLE} --brief",
    ),
    (
        "And is mine right?",
        f"Say that mine.json has {WRONG}, a formula with a mistake in it.",
        f"chainruler grade --problem {EXAMPLE} --submission mine.json",
    ),
)
BODY = """\
{
  "formula": "sum((X @ w)**2)", "with_respect_to": ["w"],
  "variables": {"X": [[1, 2], [0, 1]], "w": [3, 4]}}"""
CURL = f"curl -s {{url}}/v1/differentiate -d '{BODY.replace('{', '{{').replace('}', '}}')}'"
STOP_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the service listens."""
    parser.add_argument("--port", default="0", help="port of the service; otherwise a free one")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def run(options: argparse.Namespace) -> int:
    """Walk, and stay until told to leave; where nobody can tell it to, leave at once."""
    if find_spec(SERVER_PACKAGE) is None:
        raise NOT_INSTALLED
    for ending in (signal.SIGTERM, signal.SIGHUP):  # however the walk is ended, the service ends with it
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    person = Person()
    with _service(options.port) as url, TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("mine.json").write_text(WRONG)
        _say("A service", "It runs while this walk does, and the command asks it.", f"export CHAINRULER_URL={url}")
        for title, words, command in STEPS:
            person.wait("Enter goes on. ")
            _say(title, words, command)
            if main([*shlex.split(command)[1:], "--format", "table", "--url", url]) == INTERRUPTED:
                return INTERRUPTED
        person.wait("Enter goes on. ")
        _say("From here", f"Any language can ask. Every call can be tried at {url}/docs.", CURL.format(url=url))
        consoles.put(answered(url), sys.stdout)
        person.wait(f"The service stays at {url} until you press Enter. ")
    return 0


@contextlib.contextmanager
def _service(port: str) -> Iterator[str]:
    """A service in a process of its own: its address."""
    command = [sys.executable, "-m", "chainruler", "serve", "--host", "127.0.0.1", "--port", port]
    with subprocess.Popen(  # noqa: S603 (this very program)
        [*command, "--log-level", "error"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the walk, which then stops the service
    ) as process:
        try:
            found = re.search(r"http://\S+:\d+", process.stdout.readline() if process.stdout else "")
            if found is None:
                raise Complaint("The service did not start.")
            yield found[0]
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _say(title: str, words: str, command: str) -> None:
    """A step: what it is about, and the command that takes it."""
    consoles.put(Group(Rule(Text(title, "bold"), align="left"), Text(words)), sys.stdout)
    sys.stdout.write(f"\n$ {command}\n\n")  # in one line, to be copied


def answered(url: str) -> bytes:
    """What the service answers to curl."""
    with Client(url) as client:
        return consoles.json(asking.ask(client, calls.differentiate(**json.loads(BODY))).document)


class Person:
    """Keys pressed at the terminal, until its input ends: then the walk goes on without waiting."""

    def __init__(self) -> None:
        self.is_there = sys.stdin.isatty()

    def wait(self, words: str) -> None:
        """Until Enter is pressed, if there is somebody to press it."""
        sys.stdout.write("\n")
        sys.stdout.flush()
        if self.is_there:
            try:
                input(words)
            except EOFError:
                self.is_there = False
