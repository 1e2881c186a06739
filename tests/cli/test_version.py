import subprocess
import sys

import pytest

from chainruler import __version__
from chainruler.cli import main


def test_version_prints_the_version_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """`chainruler version` prints one line that a script can read."""
    code = main(["version"])

    assert code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_the_package_is_the_command() -> None:
    """`python -m chainruler` does what `chainruler` does."""
    done = subprocess.run([sys.executable, "-m", "chainruler", "version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


@pytest.mark.parametrize("arguments", [["no-such-command"], ["version", "--no-such-option"]])
def test_arguments_that_make_no_sense_end_with_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong command line is answered by the usage and exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage: chainruler" in capsys.readouterr().err
