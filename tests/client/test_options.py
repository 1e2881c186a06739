"""What a client is told, and by whom; and what it writes to stderr, which is nothing."""

import logging
import subprocess
from collections.abc import Iterator

import pytest

from chainruler import textbook
from chainruler_client import AsyncClient, Client
from chainruler_client.options import Options, address, logger
from tests.support.repository import PYTHON, run
from tests.support.service import Service


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings from the environment, and the log as it was."""
    for name in ("URL", "API_KEY", "TIMEOUT", "LOG"):
        monkeypatch.delenv(f"CHAINRULER_{name}", raising=False)
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = handlers, propagate
    logger.setLevel(level)


def test_defaults() -> None:
    """This machine, a minute, two retries, and no key."""
    assert address(None) == "http://127.0.0.1:8000"
    assert Options.of() == Options(timeout=60.0, retries=2, encoding="auto", headers={})


def test_the_environment_says_what_arguments_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address, key and timeout; an argument wins."""
    monkeypatch.setenv("CHAINRULER_URL", "http://there:1")
    monkeypatch.setenv("CHAINRULER_API_KEY", "key")
    monkeypatch.setenv("CHAINRULER_TIMEOUT", "2.5")

    assert Client().base_url == AsyncClient().base_url == "http://there:1"
    assert Client("http://here").base_url == "http://here"
    assert Options.of() == Options(timeout=2.5, headers={"Authorization": "Bearer key"})
    assert Options.of(timeout=1.0, api_key="other") == Options(timeout=1.0, headers={"Authorization": "Bearer other"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TIMEOUT", "soon", "CHAINRULER_TIMEOUT must be a number of seconds, not 'soon'"),
        ("TIMEOUT", "-1", "must be a number of seconds above 0"),
        ("TIMEOUT", "nan", "must be a number of seconds above 0"),
        ("LOG", "loud", "must be debug, info, warning or error, not 'loud'"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """When the client is made."""
    monkeypatch.setenv(f"CHAINRULER_{name}", value)

    with pytest.raises(ValueError, match=words):
        Client.local()


def test_options_can_be_changed_for_some_calls() -> None:
    """The client itself stays as it is; headers come on top."""
    client = Client("http://x", headers={"A": "1"}, timeout=9)

    other = client.with_options(timeout=1, retries=0, headers={"B": "2"}, encoding="json", api_key="k")

    assert other.options == Options(1, 0, "json", {"A": "1", "Authorization": "Bearer k", "B": "2"})
    assert client.options == Options(9, 2, "auto", {"A": "1"})
    assert other.base_url == client.base_url
    assert "Bearer" not in repr(other.options)
    with pytest.raises(ValueError, match="0 or more"):
        client.with_options(retries=-1)
    with pytest.raises(ValueError, match="'safetensors', not 'xml'"):
        client.with_options(encoding="xml")  # type: ignore[arg-type]


def test_a_word_that_is_no_option_is_refused() -> None:
    """As any function refuses it."""
    with pytest.raises(TypeError):
        Client("http://x", timeuot=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Client("http://x").with_options(base_url="http://y")  # type: ignore[call-arg]


def test_nothing_is_written_unless_it_is_asked_for(service: Service) -> None:
    """A grader's cell fails for anything on stderr: not for a call, a retry, a warning, or a client left open."""
    code = f"""
from chainruler_client import Client, ChainrulerError
client = Client({service.url!r})
client.gradients(client.textbook_entry("two_two_two").problem)
Client.local().gradients(client.textbook_entry("two_two_two").problem)
try: Client("http://127.0.0.1:9", retries=1).live()
except ChainrulerError: pass
"""
    assert run("bash", "-c", f"{PYTHON} -c '{code.replace(chr(39), chr(34))}' 2>&1") == ""


def test_what_the_client_does_is_written_if_it_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    """A line for each answer, with the id by which the service logs it; once, however many clients there are."""
    clients = [Client.local(log_level="info") for _ in range(2)]

    result = clients[0].gradients(textbook.problem("two_two_two"))

    (line,) = capfd.readouterr().err.splitlines()
    assert line.endswith(f"chainruler_client INFO /v1/gradients: 200, request {result.request_id}")


def test_it_is_written_once_where_the_program_logs_too() -> None:
    """A log of the program's own does not repeat what the client writes."""
    code = (
        "import logging; logging.basicConfig(level=logging.INFO);"
        "from chainruler_client import Client; Client.local(log_level='info').live()"
    )
    told = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stderr

    assert told.count("/health/live: 200") == 1


def test_programs_that_log_get_it_in_their_log(caplog: pytest.LogCaptureFixture) -> None:
    """The client's logger is one of `logging`, by the name of the package."""
    with caplog.at_level(logging.INFO, "chainruler_client"):
        Client.local().live()

    assert [record.name for record in caplog.records] == ["chainruler_client"]
