"""The walk through the service."""

import os
import pty
import re
import signal
import socket
import subprocess

import httpx
import orjson
import pytest

from chainruler.cli.commands import demo
from chainruler.cli.main import INTERRUPTED, main
from tests.support.repository import PYTHON, run
from tests.support.service import PATIENCE
from tests.support.terminal import piped

pytestmark = pytest.mark.slow


def test_every_step_is_taken_and_nothing_stays_behind() -> None:
    """Without a terminal it walks to the end by itself, and the service is gone after it."""
    seen = piped("demo")
    address = re.search(r"CHAINRULER_URL=(http://[\d.]+:\d+)", seen.out)

    assert (seen.code, seen.err) == (0, "")
    assert [command for _, _, command in demo.STEPS if f"$ {command}\n" not in seen.out] == []
    assert "loss  0.298371109" in seen.out
    assert "W1  wrong" in seen.out
    assert "dz₁ xᵀ" in seen.out
    assert f"chainruler textbook show {demo.EXAMPLE} -o problem.json" in seen.out
    assert '"value":137.0,"gradients":{"w":[22.0,52.0]}' in seen.out
    assert address is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(address[1])


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_waits_for_a_person_and_leaves_on_a_signal(ending: signal.Signals, code: int) -> None:
    """Each step waits for Enter; whoever has seen enough leaves, and the service goes as well."""
    person, terminal = pty.openpty()
    arguments = [PYTHON, "-m", "chainruler", "demo"]
    with subprocess.Popen(arguments, stdin=terminal, stdout=subprocess.PIPE, text=True, bufsize=1) as walk:
        try:
            assert walk.stdout is not None
            address = next(found[1] for line in walk.stdout if (found := re.search(r"CHAINRULER_URL=(http\S+)", line)))
            os.write(person, b"\n")
            assert any("linear → sigmoid" in line for line in walk.stdout)
            answer = run("bash", "-c", demo.CURL.format(url=address), timeout=PATIENCE)
            shown = demo.answered(address)
            walking = walk.poll()
            walk.send_signal(ending)
            rest = walk.stdout.read()
        finally:
            walk.send_signal(signal.SIGINT)
            os.close(person)
            os.close(terminal)

    assert (orjson.loads(answer)["value"], walking, walk.returncode) == (137.0, None, code)
    assert shown.decode().rstrip() == answer.rstrip()
    assert "Backward" not in rest
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_it_ends_when_it_is_interrupted_in_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the walk, and not only what is being computed."""
    taken: list[list[str]] = []

    def interrupted(arguments: list[str]) -> int:
        taken.append(arguments)
        return INTERRUPTED

    monkeypatch.setattr(demo, "main", interrupted)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # those of the tests stay

    assert main(["demo"]) == INTERRUPTED
    assert len(taken) == 1


def test_it_waits_for_nobody_whose_input_has_ended() -> None:
    """One end of the input is enough for all steps, and for the service to go."""
    person, terminal = pty.openpty()
    with subprocess.Popen([PYTHON, "-m", "chainruler", "demo"], stdin=terminal, stdout=subprocess.PIPE) as walk:
        try:
            os.write(person, b"\x04")
            out, _ = walk.communicate(timeout=PATIENCE)
        finally:
            walk.kill()
            os.close(person)
            os.close(terminal)

    assert walk.returncode == 0
    assert b"From here" in out


def test_a_port_that_is_taken_is_told() -> None:
    """The service says why it did not start, and the walk that it did not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        seen = piped("demo", "--port", str(taken.getsockname()[1]))

    assert seen.code == 2
    assert "The service did not start." in seen.err
