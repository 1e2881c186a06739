"""The shells complete subcommands, options, choices and files."""

import shutil
import subprocess
from pathlib import Path

import pytest

from chainruler.cli.main import COMMANDS
from tests.support.repository import TOOLS, run
from tests.support.terminal import piped

LINES = {
    "chainruler der": ["derive"],
    "chainruler textbook ": ["list", "show"],
    "chainruler grad --form": ["--format"],
    "chainruler derive --format ": ["table", "json", "latex", "numpy"],
    "chainruler completion ": ["bash", "zsh", "fish"],
    "chainruler grad prob": ["problem.json"],
    "chainruler train --arrays arr": ["arrays.npz"],
    "chainruler problem ": ["new", "audit"],
    "chainruler grade --submission arr": ["arrays.npz"],
}
BASH = """source {script}
complete_line() {{
    COMP_LINE="$1"; COMP_POINT=${{#1}}; read -ra COMP_WORDS <<< "$1"
    [[ "$1" == *' ' ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
    $(complete -p chainruler | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "${{COMPREPLY[@]}}"
}}
complete_line "{line}"
"""
FISH = 'source {script}\ncomplete -C "{line}"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files to be completed."""
    for name in ("problem.json", "arrays.npz"):
        (tmp_path / name).touch()
    return tmp_path


def completed(shell: str, line: str, folder: Path) -> list[str]:
    """What a shell offers for the end of a line."""
    script = folder / shell
    script.write_text(piped("completion", shell).out)
    code = {"bash": BASH, "fish": FISH}[shell].format(script=script, line=line)
    quiet = ["--norc"] if shell == "bash" else ["--no-config"]
    printed = run(shell, *quiet, "-c", code, cwd=folder, env={"PATH": f"{TOOLS}:/usr/bin:/bin", "HOME": str(folder)})
    return [offered.partition("\t")[0] for offered in printed.splitlines()]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_shell_completes(shell: str, line: str, folder: Path) -> None:
    """What can follow is offered, and nothing else."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")

    assert sorted(completed(shell, line, folder)) == sorted(LINES[line])


def test_zsh_reads_its_script(folder: Path) -> None:
    """It is loaded by `compinit` without a complaint, and is there for the command."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    script = folder / "script"
    script.write_text(piped("completion", "zsh").out)
    code = f'autoload -Uz compinit && compinit -D && eval "$(<{script})" && print $_comps[chainruler]'
    done = subprocess.run(["zsh", "-f", "-c", code], capture_output=True, text=True, check=False, cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "_shtab_chainruler"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_subcommand_is_in_every_script(shell: str) -> None:
    """With its options, and described in a few words where the shell shows words."""
    script = piped("completion", shell).out

    assert [name for name in COMMANDS if name not in script] == []
    assert "batch-size" in script
    assert shell == "bash" or COMMANDS["derive"] in script
