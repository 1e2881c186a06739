"""The command as a whole: quick to start, helpful, and closed politely."""

import subprocess
import sys

import pytest

from chainruler.cli import main
from chainruler.cli.main import COMMANDS, TOGETHER
from tests.support.repository import PYTHON, ROOT, run
from tests.support.terminal import piped

HEAVY = {"numpy", "rich", "pydantic", "orjson", "httpx", "chainruler_client", "chainruler.engine"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["version"], ["serve", "--help"]], ids=" ".join)
def test_small_commands_import_little(arguments: list[str]) -> None:
    """Help and version wait neither for NumPy nor for rich nor for the engine."""
    code = f"""
import sys
from chainruler.cli import main
try: main({arguments})
except SystemExit: pass
print(sorted({HEAVY} & set(sys.modules)))
"""
    assert run(PYTHON, "-c", code).splitlines()[-1] == "[]"


def test_nothing_but_serve_needs_the_server() -> None:
    """With the base install alone, every other subcommand works."""
    code = """
import sys
for name in ("fastapi", "starlette", "uvicorn", "uvloop", "pydantic_settings", "simdjson", "pybase64"):
    sys.modules[name] = None
from chainruler.cli import main
commands = ["grad two_two_two", "derive two_two_two", "step two_two_two", "train two_two_two --epochs 2",
            "check two_two_two", "textbook list", "layers", "completion bash"]
print([main(command.split()) for command in commands], file=sys.stderr)
"""
    done = subprocess.run([PYTHON, "-W", "error", "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr == "[0, 0, 0, 0, 0, 0, 0, 0]\n"


def test_serve_says_how_to_get_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra there is one line on what to install."""
    monkeypatch.setattr("chainruler.cli.commands.serve.find_spec", lambda _: None)

    seen = piped("serve")

    assert seen.code == 2
    assert seen.err == 'chainruler: The server is not installed.\n  Install it with: pip install "chainruler[server]"\n'


def test_help_names_every_subcommand() -> None:
    """In words, and with the meaning of the exit codes."""
    text = " ".join(piped("--help").out.split())

    assert [name for name, told in COMMANDS.items() if f"{name} {told}" not in text] == []
    assert "1 a gradient or an answer is wrong" in text


def test_without_a_subcommand_there_is_help() -> None:
    """Whoever types the name alone sees what there is."""
    assert piped() == piped("--help")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_explains_itself(name: str) -> None:
    """Its help has sentences of its own, and a line for each argument."""
    seen = piped(name, "--help")

    assert seen.code == 0
    assert f"usage: chainruler {name}" in seen.out
    assert ". " in seen.out or ".\n" in seen.out


def test_subcommands_and_files_are_the_same() -> None:
    """Each file of `commands` is a subcommand, and each subcommand has its file."""
    files = {path.stem for path in (ROOT / "service/chainruler/cli/commands").glob("*.py")} - {"__init__"}

    assert files == {TOGETHER.get(name, name) for name in COMMANDS}


def test_ctrl_c_ends_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a traceback, and with the code that shells know."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chainruler.cli.commands.version.run", interrupted)

    assert (piped("version").code, piped("version").err) == (130, "")


def test_an_exit_code_is_handed_to_the_shell() -> None:
    """The installed command ends with what `main` returns."""
    done = subprocess.run([sys.executable, "-m", "chainruler", "layers", "nothing"], capture_output=True, check=False)

    assert done.returncode == main(["layers", "nothing"]) == 2
