"""The wheel, installed as users install it: base and [server], each into a fresh environment."""

import re
import subprocess
import venv
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.repository import PYTHON, ROOT, run
from tests.support.service import running

BASE = {"numpy", "lark", "pydantic", "httpx", "orjson", "rich", "shtab", "threadpoolctl"}
SERVER = {
    "fastapi",
    "fastapi-standalone-docs",
    "httptools",
    "pybase64",
    "pydantic-settings",
    "pysimdjson",
    "uvicorn",
    "uvloop",
}

# Import names, where they are not the name of the distribution.
MODULES = {"pydantic-settings": "pydantic_settings", "pysimdjson": "simdjson"} | {
    "fastapi-standalone-docs": "fastapi_standalone_docs"
}
TOOLS = {"pytest", "mypy", "scipy", "autograd", "hatchling"}

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository."""
    folder = tmp_path_factory.mktemp("dist")
    run(PYTHON, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def install(folder: Path, requirement: str) -> Path:
    """The Python of a fresh environment with this requirement, at locked versions."""
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    pins = re.sub(r" \\\n(\s+--hash=\S+( \\)?\n?)+", "\n", (ROOT / "requirements" / "dev.lock").read_text())
    constraints = folder / "constraints.txt"
    constraints.write_text(pins)
    pip = (PYTHON, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-compile", "--constraint", constraints, requirement)
    return python


@pytest.fixture(scope="module")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python after `pip install chainruler`."""
    return install(tmp_path_factory.mktemp("base"), str(wheel))


@pytest.fixture(scope="module")
def server(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python after `pip install "chainruler[server]"`."""
    return install(tmp_path_factory.mktemp("server"), f"{wheel}[server]")


def importable(python: Path, distributions: set[str]) -> set[str]:
    """Those of the distributions whose module can be imported there."""
    names = {MODULES.get(name, name): name for name in distributions}
    code = "import sys\nfor name in sys.argv[1:]:\n try: __import__(name); print(name)\n except ImportError: pass"
    return {names[line] for line in run(python, "-I", "-c", code, *names).split()}


def test_the_wheel_holds_both_packages_and_nothing_else(wheel: Path) -> None:
    """Two import packages with their types and the licence; no tests, no benchmarks."""
    names = ZipFile(wheel).namelist()

    roots = {name.partition("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"chainruler", "chainruler_client"}
    assert {"chainruler/py.typed", "chainruler_client/py.typed"} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_asks_for_exactly_what_is_told(wheel: Path) -> None:
    """What the base install needs, and no more, and the server's under its extra."""
    archive = ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
    asked = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist", [])
    names = {(re.split(r"[<>=!;\[ ]", line)[0], "extra == 'server'" in line) for line in asked}

    assert names == {(name, False) for name in BASE} | {(name, True) for name in SERVER}


@pytest.mark.slow
def test_the_base_install_has_everything_but_the_server(base: Path) -> None:
    """Engine, client and command import; FastAPI, uvicorn and the tools of development are not there."""
    assert importable(base, BASE | {"chainruler", "chainruler_client"}) == BASE | {"chainruler", "chainruler_client"}
    assert importable(base, SERVER | TOOLS) == set()


@pytest.mark.slow
def test_the_base_install_computes_without_a_service(base: Path) -> None:
    """A grader's container needs no more: `Client.local()` answers every call, and writes nothing to stderr."""
    code = (
        "from chainruler_client import Client; client = Client.local();"
        "problem = client.textbook_entry('two_two_two').problem;"
        "print(client.gradients(problem).loss, client.grade(problem, {'b2': 'dz2'}).correct)"
    )

    assert run("sh", "-c", f'{base} -I -W error -c "{code}" 2>&1') == "0.2983711087600027 True\n"


@pytest.mark.slow
def test_without_the_extra_serve_says_what_to_install(base: Path) -> None:
    """What is missing, and the command that installs it; the exit code is 2."""
    command = base.with_name("chainruler")

    done = subprocess.run([command, "serve"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 2
    assert 'pip install "chainruler[server]"' in done.stderr


@pytest.mark.slow
def test_the_command_works_without_the_extra(base: Path) -> None:
    """A gradient, a table and a derivation need the base install only."""
    command = base.with_name("chainruler")

    assert run(command, "version") == run(base, "-c", "import chainruler; print(chainruler.__version__)")
    assert "--print-config" in run(command, "serve", "--help")
    assert '"loss":0.29837110' in run(command, "grad", "two_two_two")
    assert "dW₂ = ∂E/∂W₂ = dz₂ hᵀ" in run(command, "derive", "two_two_two", "--format", "table")


@pytest.mark.slow
def test_the_extra_brings_the_server_and_no_tools(server: Path) -> None:
    """Everything of the server imports; nothing of development does, and pip finds no conflict."""
    assert importable(server, BASE | SERVER) == BASE | SERVER
    assert importable(server, TOOLS) == set()
    assert "No broken requirements" in run(PYTHON, "-m", "pip", "--python", server, "check")


@pytest.mark.slow
def test_the_installed_service_serves(server: Path) -> None:
    """Installed from the wheel alone, with no source at hand, the service starts and answers."""
    code = "import sys, chainruler_client as c; print(c.Client(sys.argv[1]).ready().status)"
    with running(command=[str(server.with_name("chainruler")), "serve"]) as service:
        answer = run(server, "-I", "-c", code, service.url)

    assert answer == "ready\n"
