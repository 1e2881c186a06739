import socket
import subprocess
import sys

import httpx
import pytest

from chainruler.cli import main
from tests.support.service import PATIENCE, running


def test_serve_prints_where_to_look_and_answers_there() -> None:
    """Every address that `chainruler serve` prints answers, and nothing but JSON lines goes to stderr."""
    with running() as service:
        printed = [word for word in service.banner.split() if word.startswith("http")]
        answers = [httpx.get(address, timeout=PATIENCE, follow_redirects=True).status_code for address in printed]
        code = service.stop()

        assert answers == [200] * 5
        assert code == 0
        assert {line["event"] for line in service.log()} == {"request"}


def test_settings_come_from_the_environment_and_arguments_win(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An argument wins over the environment, the environment over the default."""
    monkeypatch.setenv("CHAINRULER_PORT", "1234")
    monkeypatch.setenv("CHAINRULER_WORKERS", "3")

    code = main(["serve", "--print-config", "--workers", "2"])

    printed = capsys.readouterr().out.splitlines()
    assert code == 0
    assert {"CHAINRULER_PORT=1234", "CHAINRULER_WORKERS=2", "CHAINRULER_HOST=127.0.0.1"} <= set(printed)


def test_the_printed_settings_reproduce_themselves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What --print-config prints is an environment file: read back, it prints the same."""
    main(["serve", "--print-config", "--port", "4321", "--log-level", "error"])
    printed = capsys.readouterr().out
    for line in printed.splitlines():
        if not line.startswith("#"):
            monkeypatch.setenv(*line.split("=", 1))
    main(["serve", "--print-config"])

    assert capsys.readouterr().out == printed
    assert "CHAINRULER_PORT=4321" in printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["--port", "65536"], "CHAINRULER_PORT: Input should be less than or equal to 65535", id="port"),
        pytest.param(["--port", "http"], "CHAINRULER_PORT: Input should be a valid integer", id="port name"),
        pytest.param(["--workers", "0"], "CHAINRULER_WORKERS: Input should be greater than or", id="workers"),
        pytest.param(["--log-level", "loud"], "CHAINRULER_LOG_LEVEL: Input should be 'debug'", id="level"),
        pytest.param(["--host", ""], "CHAINRULER_HOST: String should have at least 1 character", id="host"),
        pytest.param(["--host", "no.such.host.invalid"], "Cannot listen on no.such.host.invalid:", id="unknown host"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line_and_code_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting is told by the name under which it can be put right, without a traceback."""
    code = main(["serve", *arguments])

    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.startswith(f"chainruler: {complaint}")
    assert captured.err.count("\n") == 1


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_refused(workers: str) -> None:
    """A second service on the port of a first is told so, however many workers there are."""
    with running("--workers", workers) as first:
        port = first.url.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "chainruler", "serve", "--port", port, "--workers", workers]
        second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert second.returncode == 2
    assert second.stderr == f"chainruler: Cannot listen on 127.0.0.1:{port}: Address already in use.\n"


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_ipv6_address_is_printed_as_a_url_takes_it() -> None:
    """--host ::1 listens on IPv6, and its URL has brackets."""
    with running("--host", "::1") as service:
        answer = httpx.get(f"{service.url}/health/live")

    assert service.url.startswith("http://[::1]:")
    assert answer.status_code == 200
